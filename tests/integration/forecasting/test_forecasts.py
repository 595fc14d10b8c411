# SPDX-License-Identifier: EUPL-1.2
"""From an upload to a forecast that says what it is worth, over HTTP, on a real database."""

from __future__ import annotations

from contracts.forecasting.v1 import ForecastPublished, PlacementsReceived
from tests.integration.forecasting.conftest import Running

QUANTILES = ("q025", "q10", "q25", "median", "q75", "q90", "q975")


def test_placements_become_series_and_a_forecast_with_its_worth(running: Running, large: bytes) -> None:
    receipt = running.upload(large)
    assert receipt.status_code == 201, receipt.text
    assert (receipt.json()["rows"], receipt.json()["rejected"]) == (1602, [])
    assert "window" in {each["code"] for each in receipt.json()["quality"]}
    series = {each["key"]: each for each in running.get("/series").json()["series"]}
    assert series["stock_HVB"] == {
        "key": "stock_HVB",
        "kind": "stock",
        "from": "2018-01",
        "to": "2025-12",
        "months": 96,
    }
    assert running.get("/forecasts/stock_HVB/latest").json()["type"] == "/problems/no-forecast-yet"

    running.forecast()

    told = running.get("/forecasts/stock_HVB/latest").json()
    assert told["origin"] == "2025-12"
    assert [each["month"] for each in told["horizon"]] == ["2026-01", "2026-02", "2026-03"]
    for each in told["horizon"]:
        ladder = [each[name] for name in QUANTILES]
        assert ladder == sorted(ladder)
    assert sum(told["probability"].values()) == 1
    assert told["suppressed"] is False
    assert told["warnings"] == []
    assert told["model"]["name"] == "same-as-now"
    assert told["verdict"]["useful"] is False
    assert "Ingen prognos är bättre än dagens siffra" in told["verdict"]["text"]
    tested = running.get("/forecasts/stock_HVB/backtest").json()
    assert tested["origins"] > 60
    assert tested["skill"] == {"crps_ratio": 1.0, "mae_ratio": 1.0}
    assert 0.7 < tested["coverage"]["c80"] < 1
    assert {"origin", "month", "median", "q10", "q90", "actual"} == set(tested["track_record"][0])


def test_both_facts_are_told_without_a_count_or_a_pseudonym(running: Running, large: bytes) -> None:
    running.upload(large)
    running.forecast(series="stock_HVB")

    received, published = running.events()[:2]

    told = PlacementsReceived.FromString(received["data"])
    assert (told.form, told.rows, told.first_month, told.last_month) == ("episodes", 1602, "2018-01", "2025-12")
    made = ForecastPublished.FromString(published["data"])
    assert (made.series, made.origin, made.useful, made.actor_id) == ("stock_HVB", "2025-12", False, "manager@ekhamra")
    assert made.data_digest.startswith("hmac-sha256:")
    assert b"kommun_stor" not in received["data"] + published["data"]

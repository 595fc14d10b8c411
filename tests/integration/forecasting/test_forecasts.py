# SPDX-License-Identifier: EUPL-1.2
"""From an upload to a forecast that says what it is worth, over HTTP, on a real database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from contracts.audit.v1 import CaseContentRead
from contracts.forecasting.v1 import ForecastPublished, PlacementsReceived
from kernel.identity import TenantId
from kernel.jobs import Worker
from services.forecasting.adapters.mlflow_versions import MlflowVersions
from services.forecasting.service import SERVICE
from tests.integration.forecasting.conftest import PLACEMENTS, Running

EKHAMRA = TenantId("ekhamra")

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


def test_only_the_roles_that_need_it_send_and_read(running: Running, monthly: bytes) -> None:
    for role in ("caseworker", "staff", "auditor", "operator"):
        assert running.upload(monthly, role).status_code == 403
    assert running.upload(monthly, "integrator").status_code == 201
    assert running.upload(monthly, "manager").status_code == 201
    for role in ("caseworker", "staff", "auditor", "operator", "integrator"):
        assert running.get("/series", role).status_code == 403
        assert running.get("/forecasts/stock_HVB/latest", role).status_code == 403
        assert running.post("/forecasts", {}, role).status_code == 403


def test_another_municipality_sees_nothing_of_it(running: Running, monthly: bytes) -> None:
    running.upload(monthly)
    running.forecast(series="stock_HVB")

    assert running.get("/series", tenant="bergvik").json() == {"series": []}
    assert running.get("/forecasts/stock_HVB/latest", tenant="bergvik").status_code == 404
    assert running.post("/forecasts", {"series": "stock_HVB"}, tenant="bergvik").status_code == 404


def test_the_same_upload_sent_twice_with_its_key_counts_once(running: Running, monthly: bytes) -> None:
    first, second = (running.upload(monthly, key="k-1") for _ in range(2))

    assert first.json() == second.json()
    assert len(running.events()) == 1
    assert running.upload(monthly[:-200] + b"\n", key="k-1").status_code == 422
    other_window = running.upload(monthly, key="k-1", observed_from="2019-01")
    assert other_window.json()["type"] == "/problems/idempotency-key-reused"


def test_a_refused_upload_leaves_nothing_behind_and_says_where(running: Running, monthly: bytes) -> None:
    header, rest = monthly.split(b"\n", 1)
    refused = running.upload(header.strip() + b",namn\n" + rest)

    assert refused.status_code == 422
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["type"] == "/problems/unknown-columns"
    assert [each["pointer"] for each in refused.json()["errors"]] == ["/header/11"]
    assert running.get("/series").json() == {"series": []}
    assert running.events() == []


def test_what_is_not_a_table_is_refused_for_what_it_is(running: Running) -> None:
    assert running.upload(b"%PDF", kind="application/pdf").status_code == 415
    assert running.upload(b"").json()["type"] == "/problems/empty-upload"
    assert running.upload(b"month,reports\n2024-01,1\0\n").json()["type"] == "/problems/unreadable-upload"
    assert running.upload(b"month,reports\n2024-01,x\n").json()["rejected"] == [
        {"row": 2, "why": "rejected.not_a_count"}
    ]
    assert running.upload(b"x" * 5_000_000).status_code == 413
    assert running.upload(b"month,reports\n2024-01,1\n", observed_from="januari").status_code == 422


def test_json_is_taken_as_csv_is_and_its_reasons_are_in_the_municipality_s_language(running: Running) -> None:
    rows = [{"month": "2024-01", "reports": 80}, {"month": "2024-02", "reports": "många"}]

    swedish = running.post("/placements", {"monthly": rows}, "integrator")
    danish = running.post("/placements", {"monthly": rows}, "integrator", tenant="vestby")

    assert swedish.status_code == 201
    assert swedish.json()["rejected"] == [{"row": 2, "why": "Kolumnen reports är inte ett heltal från 0 till 999999."}]
    assert "helt tal" in danish.json()["rejected"][0]["why"]


def test_a_forecast_from_an_earlier_month_knows_only_what_had_been_reported_by_then(running: Running) -> None:
    months = [f"{year}-{month:02d}" for year in (2023, 2024) for month in range(1, 13)]
    rows = [f"{month},{40 + index}," for index, month in enumerate(months)]
    late = "2024-06,90,2024-10-01"
    running.upload("\n".join(["month,stock_HVB,reported_at", *rows, late]).encode())

    running.forecast(series="stock_HVB", origin="2024-06", horizon=2)
    before = running.get("/forecasts/stock_HVB/latest").json()
    running.forecast(series="stock_HVB", origin="2024-12")
    after = running.get("/forecasts/stock_HVB/latest").json()

    assert (before["origin"], before["horizon"][0]["same_as_now"], len(before["horizon"])) == ("2024-06", 57, 2)
    assert (after["origin"], after["horizon"][0]["same_as_now"]) == ("2024-12", 63)


def test_small_counts_are_never_told_anywhere(running: Running) -> None:
    running.upload((PLACEMENTS / "kommun_liten_episodes.csv").read_bytes())
    running.forecast()

    for path in ("latest", "backtest"):
        told = running.get(f"/forecasts/stock_SiS/{path}").json()
        assert told["suppressed"] is True
        assert not _numbers(
            told, but={"verdict", "made_at", "month", "origin", "origins", "model", "data_digest", "name"}
        )
    what_if = running.post("/forecasts/stock_SiS/what-if", {"entries_factor": 2}).json()
    assert what_if["horizon"][0]["median"] is None
    assert what_if["what_if"]["places"] is None


def _numbers(told: Any, but: set[str]) -> list[float]:
    """Every number under a name that is not left out."""
    if isinstance(told, dict):
        return [number for name, value in told.items() if name not in but for number in _numbers(value, but)]
    if isinstance(told, list):
        return [number for value in told for number in _numbers(value, but)]
    return [told] if isinstance(told, int | float) and not isinstance(told, bool) else []


def test_a_what_if_answers_in_the_forecast_s_own_shape(running: Running, large: bytes) -> None:
    running.upload(large)
    running.forecast(series="stock_HVB")
    latest = running.get("/forecasts/stock_HVB/latest").json()

    same = running.post("/forecasts/stock_HVB/what-if", {}).json()
    more = running.post("/forecasts/stock_HVB/what-if", {"entries_factor": 1.5}).json()
    fewer = running.post("/forecasts/stock_HVB/what-if", {"closed_beds": 30}).json()

    assert same["horizon"] == latest["horizon"]
    assert more["horizon"][2]["median"] > latest["horizon"][2]["median"]
    assert fewer["horizon"][2]["q975"] <= fewer["what_if"]["places"] - 30
    assert running.post("/forecasts/stock_HVB/what-if", {"stay_factor": 0}).status_code == 422
    assert running.post("/forecasts/stock_HVB/what-if", {"beds": 1}).status_code == 422


def test_a_registry_that_is_away_stops_no_forecast(running: Running, monthly: bytes, versions: MlflowVersions) -> None:
    running.upload(monthly)
    running.forecast(series="stock_HVB")
    known = running.get("/forecasts/stock_HVB/latest").json()["model"]
    away = MlflowVersions("http://127.0.0.1:9", versions.folder, timeout_seconds=2)
    asked = running.post("/forecasts", {"series": "stock_HVB"}).json()

    Worker(
        SERVICE.tasks, replace(running.tools, versions=away), running.database.engine("dispatch_database_url")
    ).run_next()

    assert running.get(f"/forecast-requests/{asked['id']}").json()["state"] == "done"
    told = running.get("/forecasts/stock_HVB/latest").json()
    assert told["model"] == known
    assert [each["code"] for each in told["warnings"]] == ["model-versions-away"]


def test_a_request_that_cannot_be_met_ends_with_its_reason(running: Running) -> None:
    running.upload(b"month,reports,reported_at\n2024-01,80,2024-09-01\n")
    asked = running.post("/forecasts", {"series": "reports", "origin": "2024-01"})
    assert asked.status_code == 202
    assert running.get(f"/forecast-requests/{asked.json()['id']}").json()["state"] == "queued"

    running.settle()

    told = running.get(f"/forecast-requests/{asked.json()['id']}").json()
    assert (told["state"], told["problem"]["type"]) == ("failed", "/problems/nothing-known")


def test_every_view_of_a_forecast_is_told_to_the_audit_log(running: Running, monthly: bytes) -> None:
    running.upload(monthly)
    running.forecast(series="stock_HVB")
    running.get("/forecasts/stock_HVB/latest")

    read = CaseContentRead.FromString(running.events()[-1]["data"])

    assert (read.actor_id, read.subject, read.case_id) == ("manager@ekhamra", "forecast:stock_HVB", "")


def test_uploads_of_one_municipality_wait_for_each_other(running: Running, monthly: bytes) -> None:
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(running.upload, [monthly] * 4))

    assert [each.status_code for each in answers] == [201] * 4
    assert {each["months"] for each in running.get("/series").json()["series"]} == {96}


def test_nothing_that_was_reported_or_published_can_be_changed_by_the_service(running: Running, monthly: bytes) -> None:
    running.upload(monthly)

    for statement in ("UPDATE reports SET counted = 0", "DELETE FROM reports", "DELETE FROM forecasts"):
        with pytest.raises(ProgrammingError, match="permission denied"), running.tools.transaction(EKHAMRA) as work:
            work.connection.execute(text(statement))

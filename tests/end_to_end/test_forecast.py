# SPDX-License-Identifier: EUPL-1.2
"""A manager asks whether placements will be above or below the normal level, and how sure that is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from embedded.rest import Person, wait_for
from tests.end_to_end.conftest import ROOT, Site

FORECASTING = "/forecasting/v1"
PLACEMENTS = ROOT / "tests" / "data" / "placements"
QUANTILES = ("q025", "q10", "q25", "median", "q75", "q90", "q975")


@pytest.fixture(scope="module")
def manager(site: Site) -> Person:
    """Has sent in eight years of an invented municipality's monthly counts, and asked for a forecast."""
    person = site.sign_in("manager", "vestby")
    sent = person.ask("POST", f"{FORECASTING}/placements", **csv(PLACEMENTS / "kommun_stor_monthly.csv"))
    assert sent.status_code == 201, sent.text
    assert sent.json()["rows"] > 90
    asked = person.ask("POST", f"{FORECASTING}/forecasts", json={"series": "stock_FAM"})
    assert asked.status_code == 202, asked.text
    wait_for(
        lambda: person.ask("GET", f"{FORECASTING}/forecasts/stock_FAM/latest").status_code,
        lambda status: status == 200,
        90,
    )
    return person


def csv(path: Path) -> dict[str, Any]:
    return {"content": path.read_bytes(), "headers": {"Content-Type": "text/csv"}}


def test_a_forecast_says_how_sure_it_is_and_whether_it_is_of_use(manager: Person) -> None:
    forecast = manager.get(f"{FORECASTING}/forecasts/stock_FAM/latest")

    assert [len(forecast["horizon"]), forecast["suppressed"]] == [3, False]
    for month in forecast["horizon"]:
        spread = [month[each] for each in QUANTILES]
        assert spread == sorted(spread)
    assert sum(forecast["probability"].values()) == pytest.approx(1, abs=0.01)
    assert forecast["normal"]["low"] <= forecast["normal"]["high"]
    assert forecast["verdict"]["text"]
    assert forecast["model"]["version"]


def test_the_past_shows_what_the_forecasts_missed(manager: Person) -> None:
    backtest = manager.get(f"{FORECASTING}/forecasts/stock_FAM/backtest")

    assert backtest["track_record"]
    assert 0.6 <= backtest["coverage"]["c80"] <= 1
    assert backtest["skill"]["crps_ratio"] > 0


def test_forecasts_are_for_management(site: Site) -> None:
    staff = site.sign_in("staff", "vestby")

    assert staff.ask("GET", f"{FORECASTING}/forecasts/stock_FAM/latest").status_code == 403

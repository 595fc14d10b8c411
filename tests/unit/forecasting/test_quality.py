# SPDX-License-Identifier: EUPL-1.2
"""What the sender of an upload is told to look at."""

import numpy as np
import pytest

from services.forecasting.domain import quality
from services.forecasting.domain.intake import Finding
from services.forecasting.domain.months import Month
from services.forecasting.domain.placements import series_of, window_of
from tests.unit.forecasting.builders import FIRST, TODAY, a_season, a_walk, episodes_of, monthly_of


def of_episodes(*rows: str) -> dict[str, Finding]:
    read = episodes_of(*rows)
    told = [each for _, each in read.accepted]
    window = window_of(told, TODAY, first=None, last=None)
    found = quality.of_episodes(read, window, series_of(told, window))
    return {each.finding.removeprefix("quality."): each for each in found}


def of_monthly(counts: list[int | None]) -> dict[str, Finding]:
    rows = [f"{FIRST + i},{count}" for i, count in enumerate(counts) if count is not None]
    found = quality.of_monthly(monthly_of("\n".join(["month,stock_HVB", *rows])))
    return {each.finding.removeprefix("quality."): each for each in found}


def test_clean_uploads_have_nothing_to_look_at_but_their_window() -> None:
    assert set(of_episodes("b-1,0,2024-01-01,2024-02-05,HVB,,,,2024-01-02,")) == {"window"}
    assert of_monthly(list(a_walk())) == {}


def test_overlaps_and_late_registrations_name_their_rows() -> None:
    found = of_episodes(
        "b-1,0,2024-01-01,2024-03-05,HVB,,,,2024-01-02,",
        "b-1,1,2024-02-01,2024-04-05,FAM,,,,2024-02-02,",
        "b-2,0,2024-01-01,2024-04-30,HVB,,,,2024-03-15,",
    )

    assert found["overlap"].rows == (2, 3)
    assert found["late_registration"].rows == (4,)


def test_entries_of_a_month_that_is_not_over_are_named() -> None:
    found = of_episodes("b-1,0,2024-01-01,2026-10-05,HVB,,,,,", "b-2,0,2026-11-05,,HVB,,,,,")

    assert found["after_window"].rows == (3,)


def test_a_gap_names_the_missing_months_and_the_row_after_it() -> None:
    found = of_monthly([20, 21, None, None, 20, 22])

    assert found["gap"].rows == (4,)
    assert found["gap"].values == {"series": "stock_HVB", "months": "2018-03, 2018-04", "count": 2}


def test_a_long_gap_is_not_spelt_out() -> None:
    assert str(of_monthly([20, *[None] * 40, 22])["gap"].values["months"]).endswith("2018-07 …")


def test_a_sudden_change_of_level_is_named_with_its_month() -> None:
    found = of_monthly([*a_walk(36, start=30), *[each + 120 for each in a_walk(36, start=30, seed=2)]])

    assert found["level_break"].values == {"series": "stock_HVB", "month": Month(2021, 1)}
    assert found["level_break"].rows == (38,)


@pytest.mark.parametrize("seed", range(20))
def test_chance_and_season_are_not_called_a_break(seed: int) -> None:
    assert quality.break_at(np.array(a_walk(seed=seed), dtype=float)) is None
    assert quality.break_at(np.array(a_season(seed=seed), dtype=float)) is None


def test_a_slow_rise_is_not_called_a_break() -> None:
    assert quality.break_at(np.arange(10.0, 130.0, 2.0)) is None

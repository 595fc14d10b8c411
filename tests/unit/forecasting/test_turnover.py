# SPDX-License-Identifier: EUPL-1.2
"""What if: no assumption changes nothing, and each assumption moves the forecast the way it must."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.forecasting.domain.outlook import look_ahead
from services.forecasting.domain.suppression import censor
from services.forecasting.domain.turnover import Turnover, WhatIf, flow_if, stock_if, turnover_of
from tests.unit.forecasting.builders import a_history, a_walk

STOCK = a_history(a_walk())
FORECAST = look_ahead(censor(STOCK), 3).forecast
TURNOVER = Turnover(stock=a_walk()[-1], entries=5.0, leaving_share=0.1, places=60)


def medians(assumed: WhatIf) -> list[int]:
    return [each.quantile(0.5) for each in stock_if(FORECAST, TURNOVER, assumed)]


def test_no_assumption_gives_the_published_forecast_back() -> None:
    for before, after in zip(FORECAST, stock_if(FORECAST, TURNOVER, WhatIf()), strict=True):
        assert after.values.tolist() == before.values.tolist()
        assert after.chances == pytest.approx(before.chances)


def test_twice_the_entries_add_a_month_s_entries_each_month_less_those_who_leave_again() -> None:
    added = [after - each.quantile(0.5) for after, each in zip(medians(WhatIf(2.0)), FORECAST, strict=True)]

    # 5, then 5 * 0.9 + 5 = 9.5, then 9.5 * 0.9 + 5 = 13.55; a half may go either way when shares are whole.
    assert added == [5, pytest.approx(9.5, abs=0.5), pytest.approx(13.55, abs=0.5)]


@given(st.floats(0, 3), st.floats(0, 3))
def test_more_entries_never_mean_fewer_children(one: float, two: float) -> None:
    fewer, more = sorted([one, two])

    for low, high in zip(
        stock_if(FORECAST, TURNOVER, WhatIf(fewer)), stock_if(FORECAST, TURNOVER, WhatIf(more)), strict=True
    ):
        assert low.mean <= high.mean + 1e-9


@given(st.floats(0.25, 4), st.floats(0.25, 4))
def test_longer_stays_never_mean_fewer_children(one: float, two: float) -> None:
    shorter, longer = sorted([one, two])

    for low, high in zip(
        stock_if(FORECAST, TURNOVER, WhatIf(stay_factor=shorter)),
        stock_if(FORECAST, TURNOVER, WhatIf(stay_factor=longer)),
        strict=True,
    ):
        assert low.mean <= high.mean + 1e-9


@given(st.integers(1, 60), st.floats(0, 3))
def test_no_outcome_exceeds_the_places_that_are_left(closed: int, entries: float) -> None:
    for each in stock_if(FORECAST, TURNOVER, WhatIf(entries, closed_beds=closed)):
        assert each.values.max() <= TURNOVER.places - closed


@given(st.floats(0, 3))
def test_a_flow_is_multiplied_and_its_uncertainty_with_it(factor: float) -> None:
    for before, after in zip(FORECAST, flow_if(FORECAST, factor), strict=True):
        assert after.mean == pytest.approx(before.mean * factor, abs=1e-6)


def test_the_account_is_made_of_the_last_year_s_entries_and_stocks() -> None:
    turnover = turnover_of(censor(a_history([40] * 30)), a_history([6] * 30, "entries_HVB"))

    # 72 entries are rounded to 70; 70 must have left of 12 months with 40 each.
    assert turnover == Turnover(stock=40, entries=70 / 12, leaving_share=70 / 480, places=40)


def test_the_exact_number_of_entries_cannot_be_read_from_the_account() -> None:
    entries = [[6] * 29 + [last] for last in (5, 6, 4)]

    accounts = {turnover_of(censor(a_history([40] * 30)), a_history(each, "entries_HVB")) for each in entries}

    assert len(accounts) == 1


@pytest.mark.parametrize("months", [1, 12])
def test_a_year_is_needed(months: int) -> None:
    assert turnover_of(censor(a_history([40] * months)), a_history([6] * 30, "entries_HVB")) is None


def test_too_few_entries_in_a_year_give_no_account() -> None:
    assert turnover_of(censor(a_history([40] * 30)), a_history([0] * 26 + [1] * 4, "entries_HVB")) is None
    assert turnover_of(censor(a_history([40] * 30)), None) is None


def test_entries_that_end_before_the_stock_give_no_account() -> None:
    assert turnover_of(censor(a_history([40] * 30)), a_history([6] * 28, "entries_HVB")) is None


def test_a_leaving_share_is_a_share_even_where_counts_contradict_each_other() -> None:
    turnover = turnover_of(censor(a_history([*[10] * 29, 400])), a_history([6] * 30, "entries_HVB"))

    assert turnover is not None
    assert 0 <= turnover.leaving_share <= 1
    assert np.isfinite(turnover.entries)

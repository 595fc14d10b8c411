# SPDX-License-Identifier: EUPL-1.2
"""How wide a forecast is: its own past errors, honest when there are few of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.forecasting.domain.counts import LEVELS
from services.forecasting.domain.models import SameAsNow
from services.forecasting.domain.series import Kind, Report, history_of
from services.forecasting.domain.spread import Middles, around
from tests.unit.forecasting.builders import FIRST, a_history, a_walk

NOW = SameAsNow(Kind.STOCK)


@given(st.integers(0, 500), st.lists(st.floats(-8, 8), max_size=60))
def test_the_median_of_same_as_now_is_today_s_number(middle: int, errors: list[float]) -> None:
    assert around(float(middle), np.array(errors)).quantile(0.5) == middle


@given(st.floats(0, 500), st.lists(st.floats(-8, 8), max_size=60))
def test_every_forecast_has_rising_quantiles_from_nought(middle: float, errors: list[float]) -> None:
    quantiles = [around(middle, np.array(errors)).quantile(level) for level in LEVELS]

    assert quantiles == sorted(quantiles)
    assert quantiles[0] >= 0


def test_without_any_past_the_spread_is_at_least_that_of_a_poisson_count() -> None:
    forecast = around(100.0, np.array([]))

    assert forecast.quantile(0.025) <= 80
    assert forecast.quantile(0.975) >= 120


def test_tails_reach_beyond_the_worst_error_seen() -> None:
    forecast = around(100.0, np.array([-1.0, 1.0]))

    assert forecast.above(110) > 0.01


def test_errors_narrow_the_forecast_as_they_come_in() -> None:
    few, many = (around(100.0, np.full(size, 0.1)) for size in (2, 60))

    assert many.quantile(0.9) - many.quantile(0.1) < few.quantile(0.9) - few.quantile(0.1)


def test_an_error_counts_only_when_its_month_has_come_true() -> None:
    middles = Middles.of(NOW, a_history(a_walk(40)), 3)

    sizes = [middles.errors(30, ahead).size for ahead in (1, 2, 3)]

    assert sizes == [19, 18, 17]


def test_an_error_is_measured_with_the_count_as_it_was_known_at_the_origin() -> None:
    reports = [Report(FIRST + index, 50) for index in range(40)]
    corrected = Report(FIRST + 30, 90, (FIRST + 36).last_day)
    history = history_of("stock_HVB", [*reports, corrected], origin=None, reporting_days=10)
    assert history is not None
    middles = Middles.of(NOW, history, 1)

    assert not middles.errors(34, 1).any()
    assert middles.errors(39, 1).any()


def test_each_distance_has_its_own_errors() -> None:
    history = a_history([20 + 2 * index for index in range(60)])
    middles = Middles.of(NOW, history, 3)

    widths = [middles.forecast(59, ahead).quantile(0.9) - 138 for ahead in (1, 2, 3)]

    assert widths == sorted(widths)
    assert widths[0] < widths[2]


@pytest.mark.parametrize(("low", "high", "promised"), [(0.25, 0.75, 0.5), (0.1, 0.9, 0.8), (0.025, 0.975, 0.95)])
def test_intervals_hold_about_as_often_as_they_say(low: float, high: float, promised: float) -> None:
    held = []
    for seed in range(6):
        steps = np.random.default_rng(seed).normal(0, 12, 90)
        history = a_history([round(each) for each in 500 + np.cumsum(steps)])
        middles = Middles.of(NOW, history, 1)
        for origin in range(30, 89):
            forecast, actual = middles.forecast(origin, 1), history.counts[origin + 1]
            held.append(forecast.quantile(low) <= actual <= forecast.quantile(high))

    # 354 trials: the standard error is below 0.027, and a whole-number interval holds a little more often than it says.
    assert promised - 0.06 <= np.mean(held) <= promised + 0.08

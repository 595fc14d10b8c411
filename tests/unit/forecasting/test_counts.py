# SPDX-License-Identifier: EUPL-1.2
"""A distribution over whole numbers: what holds for every one of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.forecasting.domain.counts import LEVELS, Counts

points = st.lists(st.floats(-50, 200), min_size=1, max_size=40)


def counts_of(values: list[float]) -> Counts:
    return Counts.weighing(np.array(values), np.full(len(values), 1 / len(values)))


@given(points)
def test_chances_sum_to_one_and_counts_are_whole_and_never_negative(values: list[float]) -> None:
    counts = counts_of(values)

    assert counts.chances.sum() == pytest.approx(1)
    assert (counts.values >= 0).all()
    assert (counts.values == np.round(counts.values)).all()
    assert (np.diff(counts.values) > 0).all()


@given(points)
def test_quantiles_rise_with_their_level(values: list[float]) -> None:
    quantiles = [counts_of(values).quantile(level) for level in LEVELS]

    assert quantiles == sorted(quantiles)


@given(points, st.integers(0, 200), st.integers(0, 60))
def test_below_within_and_above_share_the_whole(values: list[float], low: int, width: int) -> None:
    counts = counts_of(values)
    within = counts.chances[(counts.values >= low) & (counts.values <= low + width)].sum()

    assert counts.below(low) + within + counts.above(low + width) == pytest.approx(1)


@given(st.lists(st.floats(0, 200), min_size=1, max_size=40))
def test_sharing_a_value_between_two_whole_numbers_keeps_the_mean(values: list[float]) -> None:
    assert counts_of(values).mean == pytest.approx(np.mean(values), abs=1e-6)


@given(points, st.integers(0, 250))
def test_the_crps_is_the_expected_miss_less_half_the_expected_difference(values: list[float], actual: int) -> None:
    """The other form of the score: E|X - y| - E|X - X'| / 2 (Gneiting and Raftery 2007, equation 21)."""
    counts = counts_of(values)
    miss = np.abs(counts.values - actual) @ counts.chances
    apart = counts.chances @ np.abs(counts.values[:, None] - counts.values[None, :]) @ counts.chances

    assert counts.crps(actual) == pytest.approx(miss - apart / 2, abs=1e-6)


def test_a_certain_and_right_forecast_scores_nought() -> None:
    assert counts_of([7.0]).crps(7) == 0
    assert counts_of([7.0]).crps(9) == 2


def test_a_quantile_is_the_smallest_count_that_is_reached_with_its_probability() -> None:
    counts = counts_of([1.0, 2.0, 3.0, 4.0])

    assert [counts.quantile(level) for level in (0.25, 0.26, 0.5, 0.75, 0.76, 1.0)] == [1, 2, 2, 3, 4, 4]

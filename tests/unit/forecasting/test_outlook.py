# SPDX-License-Identifier: EUPL-1.2
"""What is published: the verdict, what is normal, and the honest word when no forecast helps."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.forecasting.domain.outlook import Chances, Level, chances_of, look_ahead, normal_of
from services.forecasting.domain.suppression import censor
from tests.unit.forecasting.builders import FIRST, a_history, a_season, a_walk


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 400), min_size=1, max_size=45), st.sampled_from(["stock_HVB", "reports"]))
def test_chances_lie_between_nought_and_one_and_sum_to_one(counts: list[int], key: str) -> None:
    chances = look_ahead(censor(a_history(counts, key)), 3).chances

    assert chances.below + chances.normal + chances.above == pytest.approx(1)
    assert all(0 <= each <= 1 + 1e-9 for each in (chances.below, chances.normal, chances.above))


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 400), min_size=1, max_size=45), st.integers(1, 12))
def test_there_is_a_forecast_for_every_month_asked_for(counts: list[int], horizon: int) -> None:
    assert len(look_ahead(censor(a_history(counts)), horizon).forecast) == horizon


def test_where_chance_alone_rules_same_as_now_is_published_and_no_forecast_called_useful() -> None:
    outlook = look_ahead(censor(a_history(a_walk(seed=4))), 3)

    assert not outlook.is_useful
    assert outlook.model.name == "same-as-now"
    assert outlook.forecast[0].quantile(0.5) == outlook.same_as_now == a_walk(seed=4)[-1]
    assert outlook.skill.crps_ratio == 1


def test_where_a_season_rules_the_challenger_is_published() -> None:
    outlook = look_ahead(censor(a_history(a_season(), "entries_FAM")), 3)

    assert outlook.is_useful
    assert outlook.model.name == "seasonal-level"
    assert outlook.skill == outlook.challenger_skill


def test_normal_is_where_eight_of_ten_of_the_last_36_months_lay() -> None:
    normal = normal_of(a_history([500] * 12 + list(range(10, 46))))

    assert (normal.low, normal.high) == (13, 42)
    assert normal.first == FIRST + 12
    assert not normal.is_short


def test_a_small_lower_end_of_normal_is_shown_as_nought() -> None:
    assert normal_of(a_history([3] * 20 + [30] * 10)).low == 0


def test_normal_from_less_than_two_years_says_so() -> None:
    assert normal_of(a_history([9] * 23)).is_short


@pytest.mark.parametrize(
    ("below", "normal", "above", "level"),
    [
        (0.81, 0.19, 0.0, Level.BELOW),
        (0.0, 0.81, 0.19, Level.NORMAL),
        (0.0, 0.19, 0.81, Level.ABOVE),
        (0.1, 0.8, 0.1, Level.UNCLEAR),
        (0.4, 0.2, 0.4, Level.UNCLEAR),
    ],
)
def test_a_level_is_named_only_when_it_is_more_than_80_per_cent_sure(
    below: float, normal: float, above: float, level: Level
) -> None:
    assert Chances(below, normal, above).level is level


def test_a_stock_far_above_what_it_used_to_be_is_above_normal() -> None:
    outlook = look_ahead(censor(a_history([20, 21, 22, 21, 20, 19] * 8 + [60])), 1)

    assert outlook.chances.level is Level.ABOVE


def test_the_chances_are_those_of_a_month_of_the_horizon() -> None:
    outlook = look_ahead(censor(a_history(a_walk())), 3)
    each = [chances_of((month,), outlook.normal).above for month in outlook.forecast]

    assert outlook.chances.above == pytest.approx(sum(each) / 3)


def test_one_month_of_history_is_enough_for_same_as_now_and_is_called_short() -> None:
    outlook = look_ahead(censor(a_history([25])), 3)

    assert not outlook.has_long_history
    assert outlook.forecast[2].quantile(0.5) == 25
    assert outlook.trials == ()

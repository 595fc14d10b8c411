# SPDX-License-Identifier: EUPL-1.2
"""The backtest: it never sees the future, and it calls nothing better that is better by chance."""

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.forecasting.domain import backtest
from services.forecasting.domain.counts import Counts
from services.forecasting.domain.models import SameAsNow, challenger
from services.forecasting.domain.series import Kind, Report, history_of
from tests.unit.forecasting.builders import FIRST, a_history, a_season, a_walk


@settings(max_examples=10, deadline=None)
@given(
    st.lists(st.integers(0, 300), min_size=40, max_size=60),
    st.integers(24, 38),
    st.integers(0, 300),
    st.sampled_from(["stock_HVB", "entries_HVB"]),
)
def test_a_forecast_of_the_past_does_not_change_with_what_came_after_it(
    counts: list[int], origin: int, other: int, key: str
) -> None:
    history = a_history(counts, key)
    changed = a_history([*counts[: origin + 1], *[other] * (len(counts) - origin - 1)], key)

    for model in (SameAsNow(history.kind), challenger(history.kind)):
        before, after = (backtest.trials(model, each, 3) for each in (history, changed))
        for one, two in zip(before, after, strict=True):
            if one.origin <= history.month(origin):
                assert one.forecast.values.tolist() == two.forecast.values.tolist()
                assert one.forecast.chances.tolist() == two.forecast.chances.tolist()


def test_a_forecast_of_the_past_does_not_know_a_correction_that_came_later() -> None:
    counts = a_walk(60)
    month = FIRST + 40
    corrected = Report(month, 500, month.last_day + timedelta(days=200))
    reports = [Report(FIRST + index, count) for index, count in enumerate(counts)]
    history = history_of("stock_HVB", [*reports, corrected], origin=None, reporting_days=10)
    assert history is not None

    found = [each for each in backtest.trials(SameAsNow(Kind.STOCK), history, 1) if each.origin == month]

    assert [each.forecast.quantile(0.5) for each in found] == [counts[40]]
    assert history.counts[40] == 500


def test_each_origin_is_tried_at_every_distance_that_can_be_judged() -> None:
    tried = backtest.trials(SameAsNow(Kind.STOCK), a_history(a_walk(30)), 3)

    assert [(each.origin.since(FIRST), each.month.since(each.origin)) for each in tried] == [
        (origin, ahead) for origin in range(23, 29) for ahead in range(1, min(3, 29 - origin) + 1)
    ]


def test_a_model_against_itself_scores_exactly_one() -> None:
    tried = backtest.trials(SameAsNow(Kind.STOCK), a_history(a_walk()), 3)

    assert backtest.skill(tried, tried) == backtest.Skill(1.0, 1.0)
    assert not backtest.is_better(tried, tried, 3)


def test_a_season_makes_the_challenger_better_beyond_noise() -> None:
    history = a_history(a_season(), "entries_FAM")
    now, rival = (backtest.trials(model, history, 3) for model in (SameAsNow(Kind.FLOW), challenger(Kind.FLOW)))

    assert backtest.is_better(rival, now, 3)
    ratio = backtest.skill(rival, now).crps_ratio
    assert ratio is not None
    assert ratio < 0.6


def test_on_chance_alone_the_challenger_is_seldom_called_better() -> None:
    called = []
    for seed in range(12):
        history = a_history(a_walk(72, seed=seed))
        now, rival = (backtest.trials(model, history, 1) for model in (SameAsNow(Kind.STOCK), challenger(Kind.STOCK)))
        called.append(backtest.is_better(rival, now, 1))

    assert np.mean(called) <= 0.15


def test_gains_that_come_in_runs_are_fewer_proofs_than_they_look() -> None:
    """Gains and losses by half-years: with each month a proof of its own they would be beyond noise."""
    gains = np.repeat([2.1, -0.9, 2.1, -0.9, 0.6], 6)

    def tried(size: float, index: int) -> backtest.Trial:
        forecast = Counts.weighing(np.array([100.0 + size]), np.ones(1))
        return backtest.Trial(FIRST + index, FIRST + index + 1, forecast, 100)

    ours = [tried(10.0 - gain, index) for index, gain in enumerate(gains)]
    theirs = [tried(10.0, index) for index in range(gains.size)]

    assert backtest.is_better(ours, theirs, 1)
    assert not backtest.is_better(ours, theirs, 3)


def test_few_origins_prove_nothing() -> None:
    history = a_history(a_season(40), "entries_FAM")
    now, rival = (backtest.trials(model, history, 3) for model in (SameAsNow(Kind.FLOW), challenger(Kind.FLOW)))

    assert not backtest.is_better(rival, now, 3)


def test_a_short_history_has_no_backtest() -> None:
    assert backtest.trials(SameAsNow(Kind.STOCK), a_history(a_walk(12)), 3) == ()
    assert backtest.skill((), ()) == backtest.Skill(None, None)
    assert backtest.coverage(()) == {"c50": None, "c80": None, "c95": None}


def test_coverage_counts_how_often_an_interval_held() -> None:
    tried = backtest.trials(SameAsNow(Kind.STOCK), a_history([50] * 60), 1)

    assert backtest.coverage(tried) == {"c50": 1.0, "c80": 1.0, "c95": 1.0}


@pytest.mark.parametrize("months", [25, 26, 40])
def test_no_trial_is_judged_by_a_month_that_has_not_come(months: int) -> None:
    history = a_history(a_walk(months))

    assert all(each.month <= history.last for each in backtest.trials(SameAsNow(Kind.STOCK), history, 3))

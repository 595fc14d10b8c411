# SPDX-License-Identifier: EUPL-1.2
"""A published forecast: what is expected, what is normal, what the forecast is worth, and what it missed before."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from services.forecasting.domain import backtest
from services.forecasting.domain.backtest import Skill, Trial
from services.forecasting.domain.counts import Counts
from services.forecasting.domain.models import Model, SameAsNow, challenger
from services.forecasting.domain.months import Month
from services.forecasting.domain.series import History
from services.forecasting.domain.spread import WARM_UP, Middles
from services.forecasting.domain.suppression import SMALL, Censored, is_too_small

# "Normal" is told by the last three years, or by what there is of them.
_NORMAL_MONTHS = 36
_FULL_NORMAL_MONTHS = 24
# A level is called above or below normal, or normal, only when it is that with more than this probability.
_SURE = 0.8


class Level(StrEnum):
    BELOW = "below"
    NORMAL = "normal"
    ABOVE = "above"
    UNCLEAR = "unclear"


@dataclass(frozen=True)
class Normal:
    """The band in which 8 of 10 of the months from `first` to `last` lay."""

    low: int
    high: int
    first: Month
    last: Month

    @property
    def is_short(self) -> bool:
        return self.last.since(self.first) + 1 < _FULL_NORMAL_MONTHS


@dataclass(frozen=True)
class Chances:
    """The probability that a month of the horizon, each as likely as the others, lies below, in or above normal."""

    below: float
    normal: float
    above: float

    @property
    def level(self) -> Level:
        for level, chance in ((Level.BELOW, self.below), (Level.NORMAL, self.normal), (Level.ABOVE, self.above)):
            if chance > _SURE:
                return level
        return Level.UNCLEAR


@dataclass(frozen=True)
class Outlook:
    """Everything about one series from one origin. Built from a censored history; `hidden` may not be shown."""

    series: str
    origin: Month
    model: Model
    same_as_now: int
    forecast: tuple[Counts, ...]
    normal: Normal
    chances: Chances
    is_useful: bool
    is_suppressed: bool
    has_long_history: bool
    trials: tuple[Trial, ...]
    skill: Skill
    challenger_name: str
    challenger_skill: Skill
    coverage: dict[str, float | None]
    hidden: frozenset[Month]


def look_ahead(censored: Censored, horizon: int) -> Outlook:
    """The challenger is published where it has beaten "same as now" beyond noise; otherwise "same as now" is.

    Only months that may be shown are judged, so that scores cannot give the others away.
    """
    history = censored.history
    now: Model = SameAsNow(history.kind)
    rival = challenger(history.kind)
    tried_now, tried_rival = (_shown(backtest.trials(each, history, horizon), censored) for each in (now, rival))
    is_useful = backtest.is_better(tried_rival, tried_now, horizon)
    model, tried = (rival, tried_rival) if is_useful else (now, tried_now)
    forecast = _ahead(model, history, horizon)
    normal = normal_of(history)
    same_as_now = round(now.middle(history.counts, 1))
    return Outlook(
        series=history.key,
        origin=history.last,
        model=model,
        same_as_now=same_as_now,
        forecast=forecast,
        normal=normal,
        chances=chances_of(forecast, normal),
        is_useful=is_useful,
        is_suppressed=is_too_small(history, censored.hidden, forecast, same_as_now),
        has_long_history=len(history.views) > backtest.FIRST_TRIAL + WARM_UP,
        trials=tried,
        skill=backtest.skill(tried, tried_now),
        challenger_name=rival.name,
        challenger_skill=backtest.skill(tried_rival, tried_now),
        coverage=backtest.coverage(tried),
        hidden=censored.hidden,
    )


def normal_of(history: History) -> Normal:
    """The 10th and 90th percentile of the last 36 months, rounded outwards; a small lower end is shown as nought."""
    counts = history.counts[-_NORMAL_MONTHS:]
    low, high = np.quantile(counts, [0.1, 0.9])
    shown_low = 0 if low < SMALL else int(np.floor(low))
    return Normal(shown_low, int(np.ceil(high)), history.last + (1 - counts.size), history.last)


def chances_of(forecast: tuple[Counts, ...], normal: Normal) -> Chances:
    below = float(np.mean([each.below(normal.low) for each in forecast]))
    above = float(np.mean([each.above(normal.high) for each in forecast]))
    return Chances(below, max(0.0, 1.0 - below - above), above)


def _ahead(model: Model, history: History, horizon: int) -> tuple[Counts, ...]:
    middles = Middles.of(model, history, horizon)
    return tuple(middles.forecast(len(history.views) - 1, ahead) for ahead in range(1, horizon + 1))


def _shown(tried: tuple[Trial, ...], censored: Censored) -> tuple[Trial, ...]:
    return tuple(each for each in tried if not censored.hidden & {each.origin, each.month})

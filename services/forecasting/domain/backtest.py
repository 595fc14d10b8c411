# SPDX-License-Identifier: EUPL-1.2
"""What the forecast would have said before, and how that compares with what happened and with "same as now".

Rolling origin: each trial uses only what was known at its origin (Tashman 2000, International Journal of Forecasting
16). The judge is the CRPS, which rewards honest uncertainty; the absolute error of the median is shown beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from services.forecasting.domain.counts import Counts, Floats
from services.forecasting.domain.models import Model
from services.forecasting.domain.months import Month
from services.forecasting.domain.series import History
from services.forecasting.domain.spread import WARM_UP, Middles

# Trials begin when a year of errors has been seen after the warm-up.
FIRST_TRIAL = 2 * WARM_UP - 1
# Fewer origins than this cannot show that one model is better than another.
_ENOUGH_ORIGINS = 24
# One-sided 5 % point of Student's distribution with about 30 degrees of freedom.
_BEYOND_NOISE = 1.70

INTERVALS = {"c50": (0.25, 0.75), "c80": (0.10, 0.90), "c95": (0.025, 0.975)}


@dataclass(frozen=True)
class Trial:
    """One forecast of the past beside what came true."""

    origin: Month
    month: Month
    forecast: Counts
    actual: int

    @cached_property
    def crps(self) -> float:
        return self.forecast.crps(self.actual)

    @property
    def miss(self) -> int:
        """The absolute error of the median."""
        return abs(self.forecast.quantile(0.5) - self.actual)


@dataclass(frozen=True)
class Skill:
    """Scores of a model divided by those of "same as now": below one is better. None: nothing to compare."""

    crps_ratio: float | None
    mae_ratio: float | None


def trials(model: Model, history: History, horizon: int) -> tuple[Trial, ...]:
    """Every forecast that could have been made and can be judged, in the order of origin and distance.

    The actual count is the one known at the end of the history; the forecast knows only its own origin's view.
    """
    middles = Middles.of(model, history, horizon)
    last = len(history.views) - 1
    return tuple(
        Trial(
            history.month(origin),
            history.month(origin + ahead),
            middles.forecast(origin, ahead),
            int(history.counts[origin + ahead]),
        )
        for origin in range(FIRST_TRIAL, last)
        if not np.isnan(middles.values[origin, 0])
        for ahead in range(1, min(horizon, last - origin) + 1)
    )


def skill(tried: Sequence[Trial], yardstick: Sequence[Trial]) -> Skill:
    """Both sequences hold the same origins and months, in the same order."""
    return Skill(
        _ratio([each.crps for each in tried], [each.crps for each in yardstick]),
        _ratio([each.miss for each in tried], [each.miss for each in yardstick]),
    )


def coverage(tried: Sequence[Trial]) -> dict[str, float | None]:
    """How often the 50, 80 and 95 % intervals held. With whole numbers they hold a little more often than they say."""
    if not tried:
        return dict.fromkeys(INTERVALS)
    return {
        name: float(np.mean([e.forecast.quantile(low) <= e.actual <= e.forecast.quantile(high) for e in tried]))
        for name, (low, high) in INTERVALS.items()
    }


def is_better(tried: Sequence[Trial], yardstick: Sequence[Trial], horizon: int) -> bool:
    """Whether the first is better than the second by more than chance.

    The test of Diebold and Mariano (1995, Journal of Business and Economic Statistics 13) on the mean CRPS of each
    origin, with the correction of Harvey, Leybourne and Newbold (1997, International Journal of Forecasting 13) for
    overlapping horizons and few origins; one-sided, 5 %.
    """
    gains = _gains_by_origin(tried, yardstick)
    count = gains.size
    if count < _ENOUGH_ORIGINS or gains.mean() <= 0:
        return False
    centred = gains - gains.mean()
    covariances = [float(centred[lag:] @ centred[: count - lag]) / count for lag in range(horizon)]
    variance = (covariances[0] + 2 * sum(covariances[1:])) / count
    correction = (count + 1 - 2 * horizon + horizon * (horizon - 1) / count) / count
    # The estimated variance of overlapping errors may come out negative; then the plain one stands in.
    variance = variance if variance > 0 else covariances[0] / count
    return bool(gains.mean() * np.sqrt(correction) > _BEYOND_NOISE * np.sqrt(variance))


def _gains_by_origin(tried: Sequence[Trial], yardstick: Sequence[Trial]) -> Floats:
    gains: dict[Month, list[float]] = {}
    for one, other in zip(tried, yardstick, strict=True):
        gains.setdefault(one.origin, []).append(other.crps - one.crps)
    return np.array([np.mean(each) for each in gains.values()])


def _ratio(ours: Sequence[float], theirs: Sequence[float]) -> float | None:
    return float(np.sum(ours) / np.sum(theirs)) if theirs and np.sum(theirs) > 0 else None

# SPDX-License-Identifier: EUPL-1.2
"""Two ways to say where the middle of a forecast lies. How far reality may stray from it is `spread.py`'s affair.

"Same as now" is the yardstick and the fallback. The challenger is published only where it has beaten it beyond noise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from services.forecasting.domain.counts import Floats
from services.forecasting.domain.series import Kind

YEAR = 12


class Model(Protocol):
    """The middle of a forecast. The same counts give the same middle: no chance, no clock, no memory."""

    @property
    def name(self) -> str:
        """What a reader is told, in lower case and hyphens."""

    @property
    def version(self) -> str:
        """Raised with every change of the method, so that an old forecast can be told from a new one."""

    def middle(self, counts: Floats, ahead: int) -> float:
        """The count expected `ahead` (1, 2, ...) months after the last of `counts`, at least one and none NaN."""


@dataclass(frozen=True)
class SameAsNow:
    """A stock stays what it is today; a flow stays what it was on average over the last twelve months.

    One month of a flow is mostly chance: on the 23 real monthly flows of the evaluation the last month is 11 % worse
    (mean absolute error) than the mean of twelve, which is therefore the fair meaning of "now" for a flow.
    """

    kind: Kind
    name: str = "same-as-now"
    version: str = "1"

    def middle(self, counts: Floats, ahead: int) -> float:
        del ahead
        return float(counts[-1] if self.kind is Kind.STOCK else counts[-YEAR:].mean())


@dataclass(frozen=True)
class SeasonalLevel:
    """A slowly moving level times a shrunken month-of-year factor.

    Level: simple exponential smoothing of the seasonally adjusted counts (Hyndman and Athanasopoulos, Forecasting:
    Principles and Practice, 3rd ed., section 8.1) with fixed weights, and the mean of the results: a combination with
    fixed parts avoids the cost of choosing. Factor: count in that month of the year over the yearly level, both
    enlarged by `prior_count`, so that small counts hardly move it; with `prior_count` None there is none. Where a
    season is looked for and three years are not there yet, the mean of the last year stands in: a level that moves
    without its season follows the season, always late.
    """

    weights: tuple[float, ...]
    prior_count: float | None = 20.0
    name: str = "seasonal-level"
    version: str = "1"

    def middle(self, counts: Floats, ahead: int) -> float:
        if self.prior_count is not None and counts.size < 3 * YEAR:
            return float(counts[-YEAR:].mean())
        factors = self._factors(counts)
        months = np.arange(counts.size) % YEAR
        adjusted = counts / factors[months]
        level = float(np.mean([_smoothed(adjusted, weight) for weight in self.weights]))
        return level * float(factors[(counts.size - 1 + ahead) % YEAR])

    def _factors(self, counts: Floats) -> Floats:
        if self.prior_count is None:
            return np.ones(YEAR)
        yearly = np.convolve(counts, np.full(YEAR, 1 / YEAR), "valid")
        centred = yearly[np.clip(np.arange(counts.size) - YEAR // 2, 0, yearly.size - 1)]
        months = np.arange(counts.size) % YEAR
        seen = np.bincount(months, counts, YEAR) + self.prior_count
        expected = np.bincount(months, centred, YEAR) + self.prior_count
        factors: Floats = seen / expected
        return factors


def challenger(kind: Kind) -> Model:
    """The one rival that is tried. It is named in advance, since picking the best of many costs accuracy.

    The weights are round figures from the evaluation: a stock moves almost with its last count, a flow slowly.
    """
    if kind is Kind.STOCK:
        return SeasonalLevel(weights=(0.8,), prior_count=None, name="smoothed-level")
    return SeasonalLevel(weights=(0.2, 0.4))


def _smoothed(values: Floats, weight: float) -> float:
    """Exponential smoothing in closed form, begun at the mean of the first half year."""
    start = values[: YEAR // 2]
    rest = values[YEAR // 2 :]
    shares = weight * (1 - weight) ** np.arange(rest.size)[::-1]
    return float((1 - weight) ** rest.size * start.mean() + shares @ rest)

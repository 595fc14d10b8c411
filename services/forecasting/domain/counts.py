# SPDX-License-Identifier: EUPL-1.2
"""A forecast of one count: a probability for every whole number from nought upwards.

Children are whole and never negative, so the distribution is too. Everything shown, quantiles and probabilities alike,
is read from this one object and can therefore not contradict itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LEVELS = (0.025, 0.10, 0.25, 0.50, 0.75, 0.90, 0.975)

# Sums of a few hundred floats stray by about 1e-14; a level that is met within this is met.
_SLACK = 1e-9


@dataclass(frozen=True)
class Counts:
    """`chances[i]` is the probability of `values[i]`: whole numbers from nought, rising. The chances sum to one."""

    values: Floats
    chances: Floats

    @classmethod
    def weighing(cls, values: Floats, weights: Floats) -> Counts:
        """The distribution with these weights at these values, which need be neither whole nor positive.

        A value between two whole numbers is shared between them so that the mean is kept; what lies under nought is
        counted as nought, since that is where such an outcome would be observed.
        """
        clipped = np.clip(values, 0.0, None)
        floor = np.floor(clipped)
        share = clipped - floor
        whole, where = np.unique(np.concatenate([floor, floor + 1.0]), return_inverse=True)
        chances = np.bincount(where, np.concatenate([weights * (1.0 - share), weights * share]))
        possible = chances > 0.0
        return cls(whole[possible], chances[possible] / chances.sum())

    @property
    def mean(self) -> float:
        return float(self.values @ self.chances)

    def quantile(self, level: float) -> int:
        """The smallest count that is reached with at least this probability (the left inverse of the distribution)."""
        place = int(np.searchsorted(np.cumsum(self.chances), level - _SLACK))
        return int(self.values[min(place, self.values.size - 1)])

    def below(self, count: float) -> float:
        """The probability of fewer than `count`."""
        return float(self.chances[self.values < count].sum())

    def above(self, count: float) -> float:
        """The probability of more than `count`."""
        return float(self.chances[self.values > count].sum())

    def crps(self, actual: int) -> float:
        """The continuous ranked probability score: nought is perfect, in units of what is counted.

        The integral of (F(x) - 1{actual <= x})^2 over x (Gneiting and Raftery 2007, Journal of the American Statistical
        Association 102, section 4.2). F is constant between the values, so the integral is an exact sum of steps.
        """
        steps = np.unique(np.append(self.values, float(actual)))
        reached = np.concatenate([[0.0], np.cumsum(self.chances)])
        cumulative = reached[np.searchsorted(self.values, steps[:-1], side="right")]
        return float(np.diff(steps) @ (cumulative - (steps[:-1] >= actual)) ** 2)

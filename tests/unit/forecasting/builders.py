# SPDX-License-Identifier: EUPL-1.2
"""Series and uploads that are fine in every way; a test names only what it is about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np

from services.forecasting.domain.intake import Episodes, Monthly, read
from services.forecasting.domain.months import Month
from services.forecasting.domain.series import History, Report, history_of
from services.forecasting.domain.tables import read_csv

TODAY = date(2026, 11, 22)
FIRST = Month(2018, 1)
HEADER = "child_pseudonym,seq,entry,exit,type,age_band,source,prior_contacts,reg_entry,reg_exit"


def a_history(counts: Sequence[int], key: str = "stock_HVB", first: Month = FIRST) -> History:
    reports = [Report(first + index, count) for index, count in enumerate(counts)]
    history = history_of(key, reports, origin=None, reporting_days=10)
    assert history is not None
    return history


def a_walk(months: int = 72, start: int = 40, seed: int = 1) -> list[int]:
    """A stock that wanders by chance alone: nothing can beat "same as now" on it."""
    steps = np.random.default_rng(seed).integers(-3, 4, months)
    return [max(8, int(each)) for each in start + np.cumsum(steps)]


def a_season(months: int = 84, level: float = 60.0, seed: int = 1) -> list[int]:
    """A flow with a strong yearly rhythm, which "same as now" misses."""
    index = np.arange(months)
    mean = level * (1.0 + 0.5 * np.sin(2 * np.pi * index / 12))
    return [int(each) for each in np.random.default_rng(seed).poisson(mean)]


def episodes_of(*rows: str) -> Episodes:
    found = read(read_csv("\n".join([HEADER, *rows]).encode()), TODAY)
    assert isinstance(found, Episodes)
    return found


def monthly_of(text: str) -> Monthly:
    found = read(read_csv(text.encode()), TODAY)
    assert isinstance(found, Monthly)
    return found

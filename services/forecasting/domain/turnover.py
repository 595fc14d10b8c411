# SPDX-License-Identifier: EUPL-1.2
"""What if more came, stayed longer, or beds closed: the published forecast, moved by a simple account of who is there.

The account is a stock with a flow: next month's stock is this month's less the share that leaves plus those who come.
Only the difference that an assumption makes is taken from it. So no assumption at all gives the published forecast
back, and uncertainty stays what the backtest found it to be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from services.forecasting.domain.counts import Counts, Floats
from services.forecasting.domain.series import History
from services.forecasting.domain.suppression import SMALL, Censored

_MONTHS = 12
# Totals are rounded to this base, so that two of them a month apart do not tell a single month's entries.
_BASE = 5


@dataclass(frozen=True)
class Turnover:
    """Per month of the last year: how many came, and which share of those present left. `places`: the most at once."""

    stock: int
    entries: float
    leaving_share: float
    places: int


@dataclass(frozen=True)
class WhatIf:
    """Entries and lengths of stay times a factor, and so many of the places closed from the first month on."""

    entries_factor: float = 1.0
    stay_factor: float = 1.0
    closed_beds: int = 0


def turnover_of(stock: Censored, entries: History | None) -> Turnover | None:
    """None when either series lacks one of the last twelve months, or fewer than five entries were made in them."""
    counts, last = stock.history.counts, stock.history.last
    if entries is None or counts.size <= _MONTHS:
        return None
    end = last.since(entries.first) + 1
    if end > entries.counts.size or end < _MONTHS:
        return None
    total = float(entries.counts[end - _MONTHS : end].sum())
    if total < SMALL:
        return None
    came = _BASE * round(total / _BASE)
    year = counts[-_MONTHS - 1 :]
    left = float(np.clip(year[0] + came - year[-1], 0.0, None))
    share = float(np.clip(left / max(year[:-1].sum(), 1.0), 0.0, 1.0))
    return Turnover(int(counts[-1]), came / _MONTHS, share, int(year.max()))


def stock_if(forecast: Sequence[Counts], turnover: Turnover, assumed: WhatIf) -> tuple[Counts, ...]:
    """Every outcome of a month moves by the same difference; none exceeds the places that are left.

    A stay that is `stay_factor` times as long means a monthly share of leavers divided by it (geometric stays).
    """
    expected = assumed_stock = float(turnover.stock)
    places = turnover.places - assumed.closed_beds if assumed.closed_beds else np.inf
    moved = []
    for each in forecast:
        expected = expected * (1 - turnover.leaving_share) + turnover.entries
        share = min(1.0, turnover.leaving_share / assumed.stay_factor)
        assumed_stock = assumed_stock * (1 - share) + turnover.entries * assumed.entries_factor
        values: Floats = each.values + (assumed_stock - expected)
        left: Floats = np.minimum(values, places).astype(np.float64)
        moved.append(Counts.weighing(left, each.chances))
    return tuple(moved)


def flow_if(forecast: Sequence[Counts], entries_factor: float) -> tuple[Counts, ...]:
    return tuple(Counts.weighing(each.values * entries_factor, each.chances) for each in forecast)

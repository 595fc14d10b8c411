# SPDX-License-Identifier: EUPL-1.2
"""Counts so small that they could point at a child never leave the service, not even inside another number.

What is shown is computed from a censored history, in which every small count reads the same. So no figure, quantile,
error, digest or difference between two forecasts can depend on which small count it was.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from services.forecasting.domain.counts import Counts, Floats
from services.forecasting.domain.months import Month
from services.forecasting.domain.series import History, Kind

# A count below this is small (the rule of statistics on social services: n < 5, nought included).
SMALL = 5
# What every small count is read as. Series that are shown have a middle of five or more, and there a Poisson count
# below five is 3.2 to 3.4 on average.
_READ_AS = 3.0


@dataclass(frozen=True)
class Censored:
    """A history fit for showing, and the months whose counts may not be shown."""

    history: History
    hidden: frozenset[Month]


def censor(history: History, *, stock: History | None = None) -> Censored:
    """Take out every small count and, for the entries of a type whose stock is shown too, what would give one away.

    Exits are never shown, but exits = stock before + entries - stock after. Where that difference is small, the
    entries of the month are hidden as well (complementary suppression) and read as the last entries shown before.
    A count is small when any version of it, as reported at any time, was small.
    """
    primary = _small_ever(history)
    secondary = np.zeros_like(primary) if stock is None else _gives_away_exits(history, stock) & ~primary
    views = tuple(_read(view, primary, secondary) for view in history.views)
    hidden = np.flatnonzero(primary | secondary)
    return Censored(replace(history, views=views), frozenset(history.month(int(each)) for each in hidden))


def is_too_small(history: History, hidden: frozenset[Month], forecast: tuple[Counts, ...], same_as_now: float) -> bool:
    """Whether a forecast would show a small number in a prominent place, or name a stock that is hidden."""
    names_hidden = history.kind is Kind.STOCK and history.last in hidden
    return names_hidden or round(same_as_now) < SMALL or any(each.quantile(0.5) < SMALL for each in forecast)


def _small_ever(history: History) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    size = len(history.views)
    small = np.zeros(size, dtype=np.bool_)
    for view in history.views:
        small[: view.size] |= view < SMALL
    return small


def _gives_away_exits(entries: History, stock: History) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """The months in which stock and entries, in any version, leave fewer than five exits, while all are shown."""
    gives = np.zeros(len(entries.views), dtype=np.bool_)
    small_stock = _small_ever(stock)
    for index in range(gives.size):
        at = entries.month(index).since(stock.first)
        if 1 <= at < len(stock.views) and not small_stock[at - 1 : at + 1].any():
            came = [view[index] for view in entries.views[index:]]
            before = [view[at - 1] for view in stock.views[at:]]
            after = [view[at] for view in stock.views[at:]]
            gives[index] = _fewest(came) + _fewest(before) - _most(after) < SMALL
    return gives


def _fewest(versions: list[float]) -> float:
    return float(np.nanmin(versions))


def _most(versions: list[float]) -> float:
    return float(np.nanmax(versions))


def _read(
    view: Floats,
    primary: np.ndarray[tuple[int], np.dtype[np.bool_]],
    secondary: np.ndarray[tuple[int], np.dtype[np.bool_]],
) -> Floats:
    known = ~np.isnan(view)
    read = np.where(primary[: view.size] & known, _READ_AS, view)
    for index in np.flatnonzero(secondary[: view.size] & known):
        read[index] = next((v for v in read[:index][::-1] if not np.isnan(v)), float(SMALL))
    return read

# SPDX-License-Identifier: EUPL-1.2
"""A monthly series of counts, and what was known of it when.

A count may be reported late or corrected. Each report is kept, so that a forecast made from an earlier month can be
made again with what was known then, and a backtest never sees the future.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

import numpy as np

from services.forecasting.domain.counts import Floats
from services.forecasting.domain.months import Month, through

_TYPE = r"[A-Za-z][A-Za-z0-9]{0,19}"
PLACEMENT_TYPE = re.compile(_TYPE)
_KEY = re.compile(rf"(stock|entries)_({_TYPE})")
_STOCKS = frozenset({"open_investigations"})
_FLOWS = frozenset({"reports", "closed_with_intervention", "closed_without"})


class Kind(StrEnum):
    """A stock is counted on the last day of the month; a flow is what happened during the month."""

    STOCK = "stock"
    FLOW = "flow"


def kind_of(key: str) -> Kind | None:
    """What the series with this key counts; None when there can be no such series."""
    match = _KEY.fullmatch(key)
    if key in _STOCKS or (match and match[1] == "stock"):
        return Kind.STOCK
    return Kind.FLOW if key in _FLOWS or match else None


def placement_type(key: str) -> str | None:
    match = _KEY.fullmatch(key)
    return match[2] if match else None


@dataclass(frozen=True)
class Report:
    """The count of one month as somebody reported it. `reported_on` None: presumed known when the month had ended."""

    month: Month
    count: int
    reported_on: date | None = None


@dataclass(frozen=True)
class History:
    """One series without gaps: `views[i][j]` is the count of month j as it was known when month i had been reported.

    `views[i]` has i + 1 values. NaN stands where a count had not been reported yet; the last view holds no NaN.
    """

    key: str
    kind: Kind
    first: Month
    views: tuple[Floats, ...]

    @property
    def last(self) -> Month:
        return self.first + (len(self.views) - 1)

    @property
    def counts(self) -> Floats:
        """The series as it is known at its end."""
        return self.views[-1]

    def month(self, index: int) -> Month:
        return self.first + index

    def canonical(self) -> bytes:
        """What a digest is made of: key, months, counts and what was known when."""
        views = (np.nan_to_num(view, nan=-1.0).astype("<i8").tobytes() for view in self.views)
        return b"\0".join([f"{self.key} {self.first} {len(self.views)}".encode(), *views])


def history_of(key: str, reports: Sequence[Report], *, origin: Month | None, reporting_days: int) -> History | None:
    """What was known of the series when `origin` had been reported; None when nothing was.

    A month's count is taken as due `reporting_days` after the month's end: what was reported later than that after the
    origin is left out. The history begins after the last gap. Among several reports of a month the latest that was
    known counts, and among equals the one that comes last in `reports`.
    """
    kind = kind_of(key)
    by = None if origin is None else due(origin, reporting_days)
    ordered = sorted(reports, key=lambda each: each.reported_on or date.min)
    known = {each.month for each in _known(ordered, by) if origin is None or each.month <= origin}
    if kind is None or not known:
        return None
    months = _after_last_gap(known)
    views = [_view(ordered, months[: i + 1], due(month, reporting_days)) for i, month in enumerate(months)]
    views[-1] = _view(ordered, months, by)
    return History(key, kind, months[0], tuple(views))


def news(known: Sequence[Report], told: Sequence[Report], *, carries_dates: bool, today: date) -> tuple[Report, ...]:
    """What of `told` has to be kept beside the reports of the same series that are `known` already.

    A month told for the first time is kept as it is. Told again with another count, it is kept as known from `today`,
    so that the past is not rewritten; unless the sender says when it was reported (`carries_dates`). What says nothing
    new is left out.
    """
    final = {each.month: each.count for each in sorted(known, key=lambda each: each.reported_on or date.min)}
    if carries_dates:
        return tuple(each for each in told if each not in known)
    fresh = tuple(each for each in told if each.month not in final)
    last = {each.month: each for each in told}
    changed = (each for month, each in last.items() if month in final and final[month] != each.count)
    return fresh + tuple(Report(each.month, each.count, today) for each in changed)


def due(month: Month, reporting_days: int) -> date:
    """The last day on which a count of this month is still reported in time."""
    return month.last_day + timedelta(days=reporting_days)


def _known(ordered: Iterable[Report], by: date | None) -> Iterable[Report]:
    return (each for each in ordered if by is None or each.reported_on is None or each.reported_on <= by)


def _view(ordered: Sequence[Report], months: Sequence[Month], by: date | None) -> Floats:
    counts = {each.month: float(each.count) for each in _known(ordered, by)}
    return np.array([counts.get(month, np.nan) for month in months])


def _after_last_gap(known: set[Month]) -> list[Month]:
    first = last = max(known)
    while first + -1 in known:
        first += -1
    return list(through(first, last))

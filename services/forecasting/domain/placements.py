# SPDX-License-Identifier: EUPL-1.2
"""Placement episodes, and the monthly stocks and entries that follow from them, as they were known at each time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from kernel.errors import Unacceptable
from services.forecasting.domain.months import Month, through
from services.forecasting.domain.series import Report


class NoWholeMonth(Unacceptable):
    """The episodes do not cover a single month from its first day to its last."""


@dataclass(frozen=True)
class Episode:
    """A child, under a pseudonym, in one type of placement. `leaving` is the day of moving out; None: still there.

    The registration days tell when the municipality's own system knew; None: at once.
    """

    child: str
    seq: str
    type: str
    entry: date
    leaving: date | None
    registered: date | None = None
    leaving_registered: date | None = None

    @property
    def identity(self) -> tuple[str, ...]:
        """What no two rows may share."""
        return (self.child, self.seq) if self.seq else (self.child, self.entry.isoformat(), self.type)

    @property
    def known_from(self) -> date:
        return self.registered or self.entry

    @property
    def leaving_known_from(self) -> date | None:
        return None if self.leaving is None else self.leaving_registered or self.leaving


@dataclass(frozen=True)
class Window:
    """The months that an extract of episodes tells everything about."""

    first: Month
    last: Month


def window_of(episodes: Sequence[Episode], today: date, *, first: Month | None, last: Month | None) -> Window:
    """The window as told by the sender, or else as far as the episodes show it.

    An extract usually holds what was going on since some day. Before the first exit in it nobody seems to leave, so
    counts begin with the month of the first exit; they end with the month of the last event, if that month is over.
    """
    exits = [each.leaving for each in episodes if each.leaving is not None]
    events = [each.entry for each in episodes] + exits
    if not events:
        raise NoWholeMonth("there are no episodes")
    seen_last = Month.of(max(events))
    ended = seen_last if seen_last.last_day <= today else seen_last + -1
    window = Window(first or Month.of(min(exits, default=min(events))), last or ended)
    if window.first > window.last or window.last.last_day > today:
        raise NoWholeMonth("no month lies wholly within the time the episodes cover")
    return window


def series_of(episodes: Sequence[Episode], window: Window) -> dict[str, tuple[Report, ...]]:
    """`stock_<type>` and `entries_<type>` for every type and month, each with the corrections that came later."""
    series: dict[str, tuple[Report, ...]] = {}
    for type_ in sorted({each.type for each in episodes}):
        own = [each for each in episodes if each.type == type_]
        months = list(through(window.first, window.last))
        series[f"stock_{type_}"] = tuple(report for month in months for report in _stock_reports(own, month))
        series[f"entries_{type_}"] = tuple(report for month in months for report in _entry_reports(own, month))
    return series


def overlaps(episodes: Sequence[tuple[int, Episode]]) -> tuple[int, ...]:
    """The rows of episodes that begin before another one of the same child has ended."""
    rows: set[int] = set()
    by_child: dict[str, list[tuple[int, Episode]]] = {}
    for each in episodes:
        by_child.setdefault(each[1].child, []).append(each)
    for own in by_child.values():
        own.sort(key=lambda each: (each[1].entry, each[1].leaving or date.max))
        longest_number, longest = own[0]
        for number, episode in own[1:]:
            if longest.leaving is None or episode.entry < longest.leaving:
                rows |= {longest_number, number}
            if (episode.leaving or date.max) > (longest.leaving or date.max):
                longest_number, longest = number, episode
    return tuple(sorted(rows))


def _stock_reports(episodes: Sequence[Episode], month: Month) -> Iterable[Report]:
    """Children present when the last day of the month ends; a child counts once even where its episodes overlap."""
    end = month.last_day
    known: list[tuple[date, str, int]] = []
    for each in episodes:
        left_by_then = each.leaving is not None and each.leaving <= end
        until = each.leaving_known_from if left_by_then else None
        if each.entry <= end and (until is None or until > max(end, each.known_from)):
            known.append((each.known_from, each.child, 1))
            if until is not None:
                known.append((until, each.child, -1))
    return _versions(month, known)


def _entry_reports(episodes: Sequence[Episode], month: Month) -> Iterable[Report]:
    came = (each for each in enumerate(episodes) if Month.of(each[1].entry) == month)
    return _versions(month, [(each.known_from, str(number), 1) for number, each in came])


def _versions(month: Month, known: list[tuple[date, str, int]]) -> Iterable[Report]:
    """How many were known of when the month ended, and again whenever something registered later changed that.

    `known` tells on which day somebody became known (1) or known to have left (-1).
    """
    end = month.last_day
    times: Counter[str] = Counter()
    shown: int | None = None
    for day, changes in groupby(sorted(known), key=lambda each: max(each[0], end)):
        if shown is None and day > end:
            shown = 0
            yield Report(month, 0, end)
        for _, who, change in changes:
            times[who] += change
            if not times[who]:
                del times[who]
        if len(times) != shown:
            shown = len(times)
            yield Report(month, shown, day)
    if shown is None:
        yield Report(month, 0, end)

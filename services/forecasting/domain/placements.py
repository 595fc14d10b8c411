# SPDX-License-Identifier: EUPL-1.2
"""Placement episodes, and the monthly stocks and entries that follow from them, as they were known at each time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

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
    came = [each for each in episodes if each.entry <= end and _may_be_there(each, end)]
    gone = {each.leaving_known_from for each in came if each.leaving is not None and each.leaving <= end}
    changes = {each.known_from for each in came} | {day for day in gone if day is not None}
    return _versions(month, changes, lambda by: len({each.child for each in came if _is_there(each, end, by)}))


def _may_be_there(episode: Episode, end: date) -> bool:
    """Not known to have left when the day `end` ended."""
    return episode.leaving is None or episode.leaving > end or (episode.leaving_known_from or date.max) > end


def _is_there(episode: Episode, end: date, by: date) -> bool:
    """Whether, as far as was known `by` that day, the child was there when the day `end` ended."""
    if episode.known_from > by:
        return False
    leaving_known = episode.leaving_known_from
    return episode.leaving is None or episode.leaving > end or (leaving_known is not None and leaving_known > by)


def _entry_reports(episodes: Sequence[Episode], month: Month) -> Iterable[Report]:
    came = [each for each in episodes if Month.of(each.entry) == month]
    changes = {each.known_from for each in came}
    return _versions(month, changes, lambda by: sum(each.known_from <= by for each in came))


def _versions(month: Month, changes: set[date], count_by: Callable[[date], int]) -> Iterable[Report]:
    """The count as known when the month ended, and again whenever something registered later changed it."""
    end = month.last_day
    shown = count_by(end)
    yield Report(month, shown, end)
    for day in sorted(change for change in changes if change > end):
        count = count_by(day)
        if count != shown:
            shown = count
            yield Report(month, count, day)

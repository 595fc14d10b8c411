# SPDX-License-Identifier: EUPL-1.2
"""From an uploaded table to reports: which kind of upload it is, which rows can stand, and what else should be known.

An upload is recognised by its header. Rows that cannot stand are named with the reason; the others count.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from kernel.errors import FieldError, Unacceptable
from services.forecasting.domain import cells
from services.forecasting.domain.cells import RowRejected
from services.forecasting.domain.months import Month
from services.forecasting.domain.placements import Episode
from services.forecasting.domain.series import PLACEMENT_TYPE, Report, kind_of
from services.forecasting.domain.tables import Row, Table

T = TypeVar("T")

_EPISODE_NEEDS = ("child_pseudonym", "entry", "exit", "type")
# The last four are part of the agreed format but not used, so they are read past and never kept (data minimisation).
_EPISODE_COLUMNS = frozenset(_EPISODE_NEEDS) | {"seq", "reg_entry", "reg_exit", "age_band", "source", "prior_contacts"}
MAX_SERIES = 60
MAX_TYPES = 20


class UnknownColumns(Unacceptable):
    """A column that is not part of the format might hold what should not be here, so nothing is taken."""


class MissingColumns(Unacceptable):
    """The header tells neither of an episodes upload nor of a monthly one."""


class NothingUsable(Unacceptable):
    """Every row was rejected; nothing was kept."""


class TooManySeries(Unacceptable):
    """More kinds of placement than there are: probably another column in the place of `type`."""


@dataclass(frozen=True)
class Rejected:
    """`why` is a key of the service's texts."""

    row: int
    why: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Finding:
    """Something about rows that did count which the sender should look at. `finding` is a key of the texts."""

    finding: str
    rows: tuple[int, ...] = ()
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Episodes:
    accepted: tuple[tuple[int, Episode], ...]
    rejected: tuple[Rejected, ...]


@dataclass(frozen=True)
class Monthly:
    """`rows` holds the accepted row numbers by month, and `reports` what they say about each series."""

    rows: Mapping[Month, tuple[int, ...]]
    reports: Mapping[str, tuple[Report, ...]]
    rejected: tuple[Rejected, ...]


def read(table: Table, today: date) -> Episodes | Monthly:
    """Raise `UnknownColumns`, `MissingColumns` or `TooManySeries` for a table that cannot be taken at all."""
    if "child_pseudonym" in table.columns:
        _refuse_unknown(table, lambda name: name in _EPISODE_COLUMNS)
        _require(table, _EPISODE_NEEDS)
        return _episodes(table, today)
    if "month" in table.columns:
        _refuse_unknown(table, lambda name: name in ("month", "reported_at") or kind_of(name) is not None)
        keys = [name for name in table.columns if kind_of(name) is not None]
        if not keys:
            raise MissingColumns("a monthly upload has at least one column of counts, such as stock_HVB")
        if len(keys) > MAX_SERIES:
            raise TooManySeries(f"at most {MAX_SERIES} series are taken in one upload")
        return _monthly(table, keys, today)
    raise MissingColumns("the columns are neither those of episodes (child_pseudonym ...) nor monthly (month ...)")


def _episodes(table: Table, today: date) -> Episodes:
    read_rows, rejected = _each(table.rows, lambda row: _episode(row, today))
    kept, doubles = _without_doubles(read_rows, lambda episode: episode.identity)
    if len({episode.type for _, episode in kept}) > MAX_TYPES:
        raise TooManySeries(f"at most {MAX_TYPES} types of placement are taken in one upload")
    return Episodes(kept, _ordered(rejected, doubles))


def _episode(row: Mapping[str, str], today: date) -> Episode:
    child = cells.pseudonym(row)
    if not PLACEMENT_TYPE.fullmatch(row.get("type", "")):
        raise RowRejected("rejected.not_a_type")
    entry = cells.day(row, "entry", today)
    leaving = cells.day(row, "exit", today)
    if entry is None:
        raise RowRejected("rejected.no_entry")
    if leaving is not None and leaving < entry:
        raise RowRejected("rejected.exit_before_entry")
    registered = cells.day(row, "reg_entry", today)
    return Episode(
        child, row.get("seq", "")[:20], row["type"], entry, leaving, registered, cells.day(row, "reg_exit", today)
    )


def _monthly(table: Table, keys: Sequence[str], today: date) -> Monthly:
    read_rows, rejected = _each(table.rows, lambda row: _month_row(row, keys, today))
    kept, doubles = _without_doubles(read_rows, lambda row: (row.month, row.reported_on))
    rows: dict[Month, tuple[int, ...]] = {}
    reports: dict[str, list[Report]] = {key: [] for key in keys}
    for number, row in kept:
        rows[row.month] = (*rows.get(row.month, ()), number)
        for key, count in row.counts:
            reports[key].append(Report(row.month, count, row.reported_on))
    return Monthly(rows, {key: tuple(each) for key, each in reports.items() if each}, _ordered(rejected, doubles))


@dataclass(frozen=True)
class _MonthRow:
    month: Month
    reported_on: date | None
    counts: tuple[tuple[str, int], ...]


def _month_row(row: Mapping[str, str], keys: Sequence[str], today: date) -> _MonthRow:
    month = cells.month(row, today)
    reported = cells.reported_on(row, today)
    if reported is not None and reported < month.first_day:
        raise RowRejected("rejected.reported_too_early")
    counts = tuple((key, count) for key in keys if (count := cells.count(row, key)) is not None)
    if not counts:
        raise RowRejected("rejected.no_counts")
    return _MonthRow(month, reported, counts)


def _each(rows: Sequence[Row], make: Callable[[Mapping[str, str]], T]) -> tuple[list[tuple[int, T]], list[Rejected]]:
    made: list[tuple[int, T]] = []
    rejected: list[Rejected] = []
    for row in rows:
        try:
            if row.cells is None:
                raise RowRejected("rejected.broken_row")
            made.append((row.number, make(row.cells)))
        except RowRejected as no:
            rejected.append(Rejected(row.number, no.why, no.values))
    return made, rejected


def _without_doubles(
    rows: Sequence[tuple[int, T]], identity: Callable[[T], object]
) -> tuple[tuple[tuple[int, T], ...], list[Rejected]]:
    """The first of equal rows counts. Rows that tell the same thing differently contradict each other: none counts."""
    first: dict[object, tuple[int, T]] = {}
    contradicted: set[object] = set()
    rejected = []
    for number, row in rows:
        key = identity(row)
        earlier_number, earlier = first.setdefault(key, (number, row))
        if earlier_number == number:
            continue
        why = "rejected.duplicate" if earlier == row else "rejected.contradiction"
        rejected.append(Rejected(number, why, {"other": earlier_number}))
        if earlier != row and key not in contradicted:
            contradicted.add(key)
            rejected.append(Rejected(earlier_number, why, {"other": number}))
    return tuple(each for key, each in first.items() if key not in contradicted), rejected


def _ordered(*groups: Sequence[Rejected]) -> tuple[Rejected, ...]:
    return tuple(sorted((each for group in groups for each in group), key=lambda each: each.row))


def _refuse_unknown(table: Table, is_known: Callable[[str], bool]) -> None:
    unknown = [name for name in table.columns if not is_known(name)]
    if unknown:
        places = [FieldError(table.pointers[name], "is not a column of this format") for name in unknown[:50]]
        raise UnknownColumns("the upload has columns that are not part of the format; nothing was kept", errors=places)


def _require(table: Table, needed: Sequence[str]) -> None:
    lacking = [name for name in needed if name not in table.columns]
    if lacking:
        raise MissingColumns(f"the columns {', '.join(lacking)} are missing")

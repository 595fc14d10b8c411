# SPDX-License-Identifier: EUPL-1.2
"""What one cell of a row may hold. One that may not stand has its row rejected, with a reason but not its text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from kernel.masking import holds_identity_number
from services.forecasting.domain.months import Month

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_COUNT = re.compile(r"\d{1,6}", re.ASCII)
# Of such pseudonyms, one in thirty has digits in the form of an identity number.
_DIGEST = re.compile(r"[0-9a-f]{32,}", re.IGNORECASE)
# Nobody placed as a child before this day is still in care; an earlier date is a slip of the pen.
EARLIEST = date(1970, 1, 1)


@dataclass(frozen=True)
class RowRejected(Exception):
    """`why` is a key of the service's texts, `values` what is filled in there."""

    why: str
    values: Mapping[str, object] = field(default_factory=dict)


def day(cells: Mapping[str, str], column: str, today: date) -> date | None:
    """The date in this column, None when it is empty or the column is missing."""
    written = cells.get(column, "")
    if not written:
        return None
    try:
        if not _DAY.fullmatch(written):
            raise ValueError
        read = date.fromisoformat(written)
    except ValueError:
        raise RowRejected("rejected.not_a_date", {"column": column}) from None
    if not EARLIEST <= read <= today:
        raise RowRejected("rejected.date_out_of_range", {"column": column})
    return read


def reported_on(cells: Mapping[str, str], today: date) -> date | None:
    """The day of `reported_at`, which may be written as a date or as a time with its zone (RFC 3339)."""
    written = cells.get("reported_at", "")
    if "T" not in written:
        return day(cells, "reported_at", today)
    try:
        read = datetime.fromisoformat(written)
        if read.tzinfo is None:
            raise ValueError
    except ValueError:
        raise RowRejected("rejected.not_a_date", {"column": "reported_at"}) from None
    return day({"reported_at": read.date().isoformat()}, "reported_at", today)


def month(cells: Mapping[str, str], today: date) -> Month:
    """A month that has ended: the count of a month that has not is not known yet."""
    try:
        read = Month.read(cells.get("month", ""))
    except ValueError:
        raise RowRejected("rejected.not_a_month") from None
    if read.first_day < EARLIEST:
        raise RowRejected("rejected.date_out_of_range", {"column": "month"})
    if read.last_day > today:
        raise RowRejected("rejected.month_not_ended")
    return read


def count(cells: Mapping[str, str], column: str) -> int | None:
    written = cells.get(column, "")
    if not written:
        return None
    if not _COUNT.fullmatch(written):
        raise RowRejected("rejected.not_a_count", {"column": column})
    return int(written)


def pseudonym(cells: Mapping[str, str]) -> str:
    written = cells.get("child_pseudonym", "")
    if not written:
        raise RowRejected("rejected.no_pseudonym")
    if len(written) > 100:
        raise RowRejected("rejected.long_pseudonym")
    if holds_identity_number(written) and not _DIGEST.fullmatch(written):
        raise RowRejected("rejected.identity_number")
    return written

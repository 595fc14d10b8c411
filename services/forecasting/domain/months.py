# SPDX-License-Identifier: EUPL-1.2
"""A calendar month: the unit of time in which placements are counted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

_WRITTEN = re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII)


@dataclass(frozen=True, order=True)
class Month:
    year: int
    number: int

    @classmethod
    def read(cls, written: str) -> Month:
        """The month written as `2026-03`; ValueError for anything else."""
        match = _WRITTEN.fullmatch(written)
        if match is None:
            raise ValueError("a month is written as YYYY-MM")
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of(cls, day: date) -> Month:
        return cls(day.year, day.month)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.number:02d}"

    def __add__(self, months: int) -> Month:
        year, index = divmod(self.year * 12 + self.number - 1 + months, 12)
        return Month(year, index + 1)

    def since(self, earlier: Month) -> int:
        """How many months lie between; negative when `earlier` is the later one."""
        return (self.year - earlier.year) * 12 + self.number - earlier.number

    @property
    def first_day(self) -> date:
        return date(self.year, self.number, 1)

    @property
    def last_day(self) -> date:
        return (self + 1).first_day - timedelta(days=1)


def through(first: Month, last: Month) -> Iterator[Month]:
    """Every month from `first` to `last`, both counted; nothing when `last` is earlier."""
    return (first + step for step in range(last.since(first) + 1))

# SPDX-License-Identifier: EUPL-1.2
"""What the sender of an upload should look at, though its rows did count. No finding tells a count."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from services.forecasting.domain.counts import Floats
from services.forecasting.domain.intake import Episodes, Finding, Monthly
from services.forecasting.domain.months import Month, through
from services.forecasting.domain.placements import Window, overlaps
from services.forecasting.domain.series import Report

# An entry registered this many days late is missing from the stock of at least one month end.
_LATE_DAYS = 31
# A break is looked for between this many months before and after.
_SIDE = 6
# A step in the level this many times its usual monthly change is called a break; chance alone hardly makes one.
_STEP = 5.0
_NAMED_MONTHS = 6


def of_episodes(read: Episodes, window: Window, series: Mapping[str, Sequence[Report]]) -> tuple[Finding, ...]:
    return tuple(_of_episodes(read, window, series))


def _of_episodes(read: Episodes, window: Window, series: Mapping[str, Sequence[Report]]) -> Iterator[Finding]:
    yield Finding("quality.window", values={"first": window.first, "last": window.last})
    if overlapping := overlaps(read.accepted):
        yield Finding("quality.overlap", overlapping)
    late = [n for n, each in read.accepted if (each.known_from - each.entry).days > _LATE_DAYS]
    if late:
        yield Finding("quality.late_registration", tuple(late), {"days": _LATE_DAYS})
    outside = [n for n, each in read.accepted if Month.of(each.entry) > window.last]
    if outside:
        yield Finding("quality.after_window", tuple(outside), {"last": window.last})
    yield from _breaks(series, {})


def of_monthly(read: Monthly) -> tuple[Finding, ...]:
    return tuple(_of_monthly(read))


def _of_monthly(read: Monthly) -> Iterator[Finding]:
    for key, reports in read.reports.items():
        months = {each.month for each in reports}
        missing = [each for each in through(min(months), max(months)) if each not in months]
        if missing:
            after = [month for month in sorted(months) if month + -1 in missing]
            rows = tuple(number for month in after for number in read.rows[month])
            yield Finding("quality.gap", rows, {"series": key, "months": _named(missing), "count": len(missing)})
    yield from _breaks(read.reports, read.rows)


def _breaks(series: Mapping[str, Sequence[Report]], rows: Mapping[Month, tuple[int, ...]]) -> Iterator[Finding]:
    for key, reports in series.items():
        final = {each.month: float(each.count) for each in reports}
        months = sorted(final)
        at = break_at(np.array([final[month] for month in months]))
        if at is not None:
            yield Finding("quality.level_break", rows.get(months[at], ()), {"series": key, "month": months[at]})


def break_at(counts: Floats) -> int | None:
    """The index at which the level steps up or down most abruptly, or None when no step stands out.

    The step is the difference of the medians of the six months before and after; it must be five times as large as the
    usual change from month to month (median absolute change / 0.6745, which is the standard deviation of a normal
    variable) and as the root of the level (Poisson), and most of it must happen at once.
    """
    if counts.size < 2 * _SIDE:
        return None
    windows = np.lib.stride_tricks.sliding_window_view(counts, _SIDE)
    before, after = np.median(windows[:-_SIDE], axis=1), np.median(windows[_SIDE:], axis=1)
    jumps = np.diff(counts)
    steps = after - before
    here = jumps[_SIDE - 1 : _SIDE - 1 + steps.size]
    usual = max(float(np.median(np.abs(jumps))) / 0.6745, 1.0)
    bar = _STEP * np.maximum(usual, np.sqrt(np.maximum(np.minimum(before, after), 1.0)) / 1.5)
    stands_out = (np.abs(steps) > bar) & (here * np.sign(steps) > np.abs(steps) / 2)
    if not stands_out.any():
        return None
    return int(np.argmax(np.where(stands_out, np.abs(steps), -1.0))) + _SIDE


def _named(months: Sequence[Month]) -> str:
    named = ", ".join(map(str, months[:_NAMED_MONTHS]))
    return named if len(months) <= _NAMED_MONTHS else f"{named} …"

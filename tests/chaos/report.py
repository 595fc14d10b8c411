# SPDX-License-Identifier: EUPL-1.2
"""The matrix as a page: a table of processes by steps, one of servers by ways, one of the other troubles."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from tests.chaos.rows import HELD, OTHER, PROCESSES, WAYS, Cell
from tests.chaos.servers import SERVERS
from tests.chaos.story import STEPS
from tests.chaos.troubles import Outcome

NOTHING_TO_DO = "—"
NOT_TRIED = "·"


def tables(outcomes: Mapping[Cell, Outcome]) -> str:
    """Markdown. A cell shows whether the platform kept its word, and the seconds until all was as before."""
    processes = _table("process, killed -9 at the step", STEPS, PROCESSES, outcomes, PROCESSES.__getitem__)
    servers = _table("server", WAYS, [each.row for each in SERVERS], outcomes, lambda _row: WAYS)
    lines = ["| trouble | outcome | what happened |", "|---|---|---|"]
    for row, what in OTHER.items():
        found = outcomes.get(Cell(row, HELD))
        told = (found and found.told) or what
        lines.append(f"| {row} | {_shown(found)} | {told} |")
    answers = [f"- {each.cell}: {each.told}" for each in outcomes.values() if each.told and each.cell.row not in OTHER]
    return "\n".join([processes, "", servers, "", *lines, "", "What callers were told meanwhile:", "", *answers, ""])


def _table(
    head: str,
    columns: Sequence[str],
    rows: Iterable[str],
    outcomes: Mapping[Cell, Outcome],
    of: Callable[[str], Sequence[str]],
) -> str:
    lines = [f"| {head} | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    for row in rows:
        cells = [_shown(outcomes.get(Cell(row, each))) if each in of(row) else NOTHING_TO_DO for each in columns]
        lines.append(f"| {row} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _shown(outcome: Outcome | None) -> str:
    if outcome is None:
        return NOT_TRIED
    if outcome.told.startswith("not tried"):
        return "not tried"
    return f"held, {outcome.seconds:.0f} s" if outcome.held else f"**not held**: {outcome.troubles[0][:160]}"

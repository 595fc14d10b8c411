# SPDX-License-Identifier: EUPL-1.2
"""The rows and columns of the crash matrix: what can die, at which steps of the main job, and in which ways."""

from __future__ import annotations

import random
from dataclasses import dataclass

from tests.chaos.story import (
    APPROVAL,
    DECISION,
    EDIT,
    FORECAST,
    GUIDELINE,
    PROPOSAL,
    SOURCE,
    STEPS,
    TRANSCRIPT,
    UPLOAD,
)

CADDY = "Caddy"
CASEWORK = (SOURCE, PROPOSAL, EDIT, APPROVAL, DECISION)
# Where a process has something to do. At the other steps its death would change nothing: the cell is a dash.
PROCESSES: dict[str, tuple[str, ...]] = {
    "transcription api": (UPLOAD, TRANSCRIPT, SOURCE),
    "transcription relay": (UPLOAD, TRANSCRIPT),
    "transcription worker": (UPLOAD,),
    "retrieval api": (GUIDELINE,),
    "retrieval relay": (GUIDELINE,),
    "retrieval worker": (GUIDELINE,),
    "drafting api": CASEWORK,
    "drafting relay": CASEWORK,
    "drafting consumer": (TRANSCRIPT, SOURCE),
    "drafting worker": (PROPOSAL,),
    "forecasting api": (FORECAST,),
    "forecasting relay": (FORECAST,),
    "forecasting worker": (FORECAST,),
    # The log is read when a case is decided; what it writes itself is who read it.
    "audit api": (DECISION,),
    "audit relay": (DECISION,),
    "audit consumer": STEPS,
    CADDY: STEPS,
}
KILLED, AWAY, SLOW = WAYS = ("killed", "away", "slow")
# The one column of troubles of their own kind.
HELD = "held"
OTHER = {
    "consumers rebalanced": "a second consumer of drafting and of audit joins, leaves, and another one is killed",
    "deliveries doubled": "what lies on every topic is sent once more, in another order",
    "topic replayed": "drafting begins again at the first event of transcription",
    "clocks": "tokens that have expired, or are issued in the future, in the middle of a story",
    "disk full: recordings": "the folder that recordings are kept in",
    "disk full: PostgreSQL": "the folder of the databases and their log",
    "disk full: Kafka": "the folder of the topics",
}


@dataclass(frozen=True)
class Cell:
    row: str
    column: str

    def __str__(self) -> str:
        return f"{self.row} / {self.column}"


def cells_of_processes() -> list[Cell]:
    """In turns: the first step of each row, then the second of each that has one, and so on."""
    turns = max(map(len, PROCESSES.values()))
    return [Cell(row, steps[turn]) for turn in range(turns) for row, steps in PROCESSES.items() if turn < len(steps)]


def one_of_each_row(cells: list[Cell], seed: int) -> list[Cell]:
    """The bounded run: a cell for each row, drawn from the seed."""
    chance = random.Random(seed)
    rows: dict[str, list[Cell]] = {}
    for each in cells:
        rows.setdefault(each.row, []).append(each)
    return [chance.choice(each) for each in rows.values()]

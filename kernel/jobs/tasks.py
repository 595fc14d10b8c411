# SPDX-License-Identifier: EUPL-1.2
"""The kinds of job that a service does, and the queue that each belongs to: one queue for each kind of work."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from kernel.jobs.job import Effect, Job, Problem
from kernel.store import Work


@dataclass(frozen=True)
class Task:
    """How one kind of job is done. `attempts` bounds failures, `losses` bounds workers that vanished with the job.

    What fails because something else is away (`Away`) is no failure of the job; it waits, for a day at most.
    """

    perform: Callable[[Job, Any], Effect]
    queue: str
    attempts: int
    losses: int


GivenUp = Callable[[Job, Problem, Work, Any], None]


class Tasks:
    """The kinds of job that a service does."""

    def __init__(self) -> None:
        self.by_kind: dict[str, Task] = {}
        self.given_up_by_kind: dict[str, GivenUp] = {}

    def on(
        self, kind: str, *, queue: str, attempts: int = 5, losses: int = 30
    ) -> Callable[[Callable[[Job, Any], Effect]], Callable[[Job, Any], Effect]]:
        """Do jobs of this kind with the function: slow part first, effect returned."""

        def added(perform: Callable[[Job, Any], Effect]) -> Callable[[Job, Any], Effect]:
            self.by_kind[kind] = Task(perform, queue, attempts, losses)
            return perform

        return added

    def given_up(self, kind: str) -> Callable[[GivenUp], GivenUp]:
        """Call the function when a job of this kind is dead, in the transaction that says so."""

        def added(tell: GivenUp) -> GivenUp:
            self.given_up_by_kind[kind] = tell
            return tell

        return added

    def kinds_of(self, queues: Sequence[str] | None = None) -> list[str]:
        return [kind for kind, task in self.by_kind.items() if queues is None or task.queue in queues]

    def queues(self) -> list[str]:
        """Every queue once, in the order in which the kinds were declared."""
        return list(dict.fromkeys(task.queue for task in self.by_kind.values()))

# SPDX-License-Identifier: EUPL-1.2
"""How much work waits in a queue, over all municipalities: numbers alone, which tell nothing of any of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, literal, select

from kernel.jobs.claims import IS_WAITING, is_due, is_lost
from kernel.store import jobs


@dataclass(frozen=True)
class Waiting:
    """`jobs` counts those that wait for a later attempt too; `oldest_seconds` is how long one has been due."""

    jobs: int
    oldest_seconds: float


def due_jobs(connection: Connection, kinds: Sequence[str], at_most: int) -> int:
    """How many could be claimed now. Counting ends at the bound, so that ten thousand cost no more than it."""
    found = 0
    for condition in (is_due(), is_lost()):
        some = select(literal(1)).select_from(jobs).where(jobs.c.kind.in_(kinds), condition).limit(at_most).subquery()
        found += connection.execute(select(func.count()).select_from(some)).scalar_one()
    return min(found, at_most)


def waiting(connection: Connection, kinds: Sequence[str]) -> Waiting:
    """Everything that no worker has in hand."""
    row = connection.execute(
        select(func.count(), func.extract("epoch", func.statement_timestamp() - func.min(jobs.c.run_at))).where(
            jobs.c.kind.in_(kinds), IS_WAITING
        )
    ).one()
    lost = connection.execute(select(func.count()).where(jobs.c.kind.in_(kinds), is_lost())).scalar_one()
    return Waiting(row[0] + lost, max(0.0, float(row[1] or 0)))

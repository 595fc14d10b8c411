# SPDX-License-Identifier: EUPL-1.2
"""How many of a tenant's passages hold each run of letters, for an index that cannot tell by itself.

Weaviate counts one run in 20 ms, and a question has fifty. The counts lie in PostgreSQL, version by version, so that a
version written twice counts once; they change in the transaction that makes the version searchable.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import Column, Index, Integer, MetaData, Table, Text, delete, func, insert, select

from kernel.store import Work
from services.retrieval.adapters.pg_passages import EVERY_PASSAGE, number_of
from services.retrieval.domain import grams

tables = MetaData()

version_runs = Table(
    "version_runs",
    tables,
    Column("tenant_id", Text, primary_key=True),
    Column("gram", Integer, primary_key=True),
    Column("version_id", Text, primary_key=True),
    Column("passages", Integer, nullable=False),
    Index("version_runs_by_version", "tenant_id", "version_id"),
)


@dataclass(frozen=True)
class RunCounts:
    work: Work

    def put(self, version_id: str, texts: Iterable[str]) -> None:
        """Count these texts as the version's passages, in place of those that were.

        Whoever writes the same version waits until this transaction ends, so that its entries come from one hand.
        """
        writing = func.hashtextextended(f"{self.work.tenant_id}/{version_id}", 0)
        self.work.connection.execute(select(func.pg_advisory_xact_lock(writing)))
        counted: Counter[int] = Counter()
        for text in texts:
            counted.update({number_of(gram) for gram in grams.grams_of(text)} | {EVERY_PASSAGE})
        self.work.connection.execute(
            delete(version_runs).where(
                version_runs.c.tenant_id == self.work.tenant_id, version_runs.c.version_id == version_id
            )
        )
        rows = [
            {"tenant_id": self.work.tenant_id, "gram": gram, "version_id": version_id, "passages": often}
            for gram, often in sorted(counted.items())
        ]
        if rows:
            self.work.connection.execute(insert(version_runs), rows)

    def weights(self, asked: Collection[str]) -> dict[str, float]:
        """What each run of a query counts for, rare ones more: as `grams.weights_in_query` has it."""
        numbers = {gram: number_of(gram) for gram in asked}
        found = self.work.connection.execute(
            select(version_runs.c.gram, func.sum(version_runs.c.passages))
            .where(
                version_runs.c.tenant_id == self.work.tenant_id,
                version_runs.c.gram.in_([*numbers.values(), EVERY_PASSAGE]),
            )
            .group_by(version_runs.c.gram)
        )
        by_number = {number: int(passages) for number, passages in found}
        held = {gram: by_number.get(number, 0) for gram, number in numbers.items()}
        return grams.weights_in_query(asked, held, by_number.get(EVERY_PASSAGE, 0))

# SPDX-License-Identifier: EUPL-1.2
"""The index in PostgreSQL: meaning as a `halfvec`, runs of letters as a `sparsevec`, one exact scan for both.

Exact on purpose: the versions in force are a filter that an approximate index would have to walk past, and row-level
security lets no text operator use an index. The scan is measured in evaluation/retrieval/README.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from zlib import crc32

from pgvector import SparseVector
from pgvector.sqlalchemy import HALFVEC, SPARSEVEC
from sqlalchemy import Column, Index, Integer, MetaData, Table, Text, delete, func, insert, literal, select
from sqlalchemy.dialects.postgresql import insert as insert_or

from kernel.store import Work
from services.retrieval.domain import grams
from services.retrieval.domain.drift import Held, digest_of_text
from services.retrieval.domain.scoring import WORDS_WEIGHT
from services.retrieval.ports import Entry, Hit, Vector

DIMENSIONS = 384
# Runs of letters are numbered by a checksum; this many numbers make two runs meeting in one rare and harmless.
RUNS = 1_000_000_000
# In `gram_counts` the row with this number counts the passages themselves.
EVERY_PASSAGE = RUNS
# Entries from before the embedder's name was kept. They are searched, since they were; a reindex names it.
UNKNOWN = ""

tables = MetaData()

passage_vectors = Table(
    "passage_vectors",
    tables,
    Column("tenant_id", Text, primary_key=True),
    Column("passage_id", Text, primary_key=True),
    Column("version_id", Text, nullable=False),
    Column("meaning", HALFVEC(DIMENSIONS), nullable=False),
    Column("runs", SPARSEVEC(RUNS), nullable=False),
    Column("digest", Text, nullable=False),
    Column("embedder", Text, nullable=False),
    Index("passage_vectors_by_version", "tenant_id", "version_id"),
)

gram_counts = Table(
    "gram_counts",
    tables,
    Column("tenant_id", Text, primary_key=True),
    Column("gram", Integer, primary_key=True),
    Column("passages", Integer, nullable=False),
)


def number_of(gram: str) -> int:
    return crc32(gram.encode()) % RUNS


@dataclass(frozen=True)
class PgPassages:
    """`embedder` is the name of what makes the vectors."""

    work: Work
    embedder: str

    def put(self, version_id: str, entries: Sequence[Entry]) -> None:
        weighed = [_weights(each.text) for each in entries]
        counted = self._forget(version_id)
        for weights in weighed:
            counted.update([*weights, EVERY_PASSAGE])
        if entries:
            self.work.connection.execute(
                insert(passage_vectors),
                [
                    {
                        "tenant_id": self.work.tenant_id,
                        "passage_id": each.passage_id,
                        "version_id": version_id,
                        "meaning": list(each.vector),
                        "runs": SparseVector(weights, RUNS),
                        "digest": digest_of_text(each.text),
                        "embedder": self.embedder,
                    }
                    for each, weights in zip(entries, weighed, strict=True)
                ],
            )
        self._count(counted)

    def _forget(self, version_id: str) -> Counter[int]:
        """Remove the version's entries, and answer what the counts must be lowered by (as negative numbers)."""
        removed = self.work.connection.execute(
            delete(passage_vectors)
            .where(passage_vectors.c.tenant_id == self.work.tenant_id, passage_vectors.c.version_id == version_id)
            .returning(passage_vectors.c.runs)
        )
        counted: Counter[int] = Counter()
        for row in removed:
            counted.subtract([*row.runs.indices(), EVERY_PASSAGE])
        return counted

    def _count(self, changes: Mapping[int, int]) -> None:
        """In the order of the runs, so that two transactions never wait for each other in a circle."""
        rows = [
            {"tenant_id": self.work.tenant_id, "gram": gram, "passages": change}
            for gram, change in sorted(changes.items())
            if change
        ]
        if rows:
            added = insert_or(gram_counts)
            self.work.connection.execute(
                added.on_conflict_do_update(
                    index_elements=["tenant_id", "gram"],
                    set_={"passages": gram_counts.c.passages + added.excluded.passages},
                ),
                rows,
            )

    def nearest(self, text: str, vector: Vector, *, among: Collection[str], limit: int) -> list[Hit]:
        if not among:
            return []
        closeness = literal(1) - passage_vectors.c.meaning.cosine_distance(list(vector))
        # pgvector's operator answers the negative inner product.
        overlap = -passage_vectors.c.runs.max_inner_product(self._query(text))
        score = (closeness + WORDS_WEIGHT * overlap).label("score")
        found = self.work.connection.execute(
            select(passage_vectors.c.passage_id, score, closeness.label("closeness"))
            .where(
                passage_vectors.c.tenant_id == self.work.tenant_id,
                passage_vectors.c.version_id == func.any(list(among)),
                passage_vectors.c.embedder.in_([self.embedder, UNKNOWN]),
            )
            .order_by(score.desc(), passage_vectors.c.passage_id)
            .limit(limit)
        )
        return [Hit(row.passage_id, row.score, row.closeness) for row in found]

    def held(self) -> Iterator[Held]:
        found = self.work.connection.execute(
            select(
                passage_vectors.c.version_id,
                passage_vectors.c.passage_id,
                passage_vectors.c.embedder,
                passage_vectors.c.digest,
            ).where(passage_vectors.c.tenant_id == self.work.tenant_id)
        )
        return (Held(*row) for row in found)

    def _query(self, text: str) -> SparseVector:
        numbers = {number_of(gram) for gram in grams.grams_of(text)}
        counted = self.work.connection.execute(
            select(gram_counts.c.gram, gram_counts.c.passages).where(
                gram_counts.c.tenant_id == self.work.tenant_id,
                gram_counts.c.gram.in_([*numbers, EVERY_PASSAGE]),
            )
        )
        held = {str(row.gram): row.passages for row in counted}
        weights = grams.weights_in_query(map(str, numbers), held, held.get(str(EVERY_PASSAGE), 0))
        return SparseVector({int(gram): weight for gram, weight in weights.items()}, RUNS)


def _weights(text: str) -> dict[int, float]:
    return {number_of(gram): weight for gram, weight in grams.weights_in_text(grams.grams_of(text)).items()}

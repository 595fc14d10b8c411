# SPDX-License-Identifier: EUPL-1.2
"""What Weaviate proposes for a question, by meaning and by words, ranked by the formula that all indexes share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any, cast

from weaviate.classes.query import Filter, MetadataQuery
from weaviate.collections.classes.filters import _Filters
from weaviate.collections.classes.internal import Object

from services.retrieval.adapters import weaviate_schema as schema
from services.retrieval.domain import grams
from services.retrieval.domain.scoring import score
from services.retrieval.ports import Hit, Vector

# How many are proposed by meaning, and by words, at first and at most.
FIRST_LOOK, LAST_LOOK = 100, 1600
SHOWN = ["passage_id", "text"]


@dataclass(frozen=True)
class Seen:
    """A passage proposed, with what its score is made of."""

    passage_id: str
    closeness: float
    overlap: float

    @property
    def hit(self) -> Hit:
        return Hit(self.passage_id, score(self.closeness, self.overlap), self.closeness)


@dataclass(frozen=True)
class Proposals:
    """`weights` are what each run of the question counts for."""

    collection: schema.Passages
    among: Sequence[str]
    vector: Vector
    weights: Mapping[str, float]

    def best(self, limit: int) -> list[Hit]:
        """Ask for more until nothing that was not proposed could be better: the threshold algorithm of Fagin (2001)."""
        depth = max(FIRST_LOOK, 2 * limit)
        while True:
            near, wordy = self._near(depth), self._wordy(depth)
            unique = {each.passage_id: each.hit for each in (*wordy, *near)}
            hits = sorted(unique.values(), key=lambda each: (-each.score, each.passage_id))[:limit]
            is_all = len(near) < depth
            if is_all or depth >= LAST_LOOK or hits[-1].score >= _best_unseen(near, wordy, depth):
                return hits
            depth *= 4

    def _near(self, depth: int) -> list[Seen]:
        found = self.collection.query.near_vector(
            list(self.vector),
            filters=self._filter(),
            limit=depth,
            return_properties=SHOWN,
            return_metadata=MetadataQuery(distance=True),
        )
        return [self._seen(each, 1 - (each.metadata.distance or 0.0)) for each in found.objects]

    def _wordy(self, depth: int) -> list[Seen]:
        if not self.weights:
            return []
        found = self.collection.query.bm25(
            " ".join(sorted(map(schema.written, self.weights))),
            query_properties=["runs"],
            filters=self._filter(),
            limit=depth,
            return_properties=SHOWN,
            include_vector=True,
        )
        return [
            self._seen(each, _cosine(self.vector, cast("Vector", each.vector["default"]))) for each in found.objects
        ]

    def _seen(self, found: Object[Any, Any], closeness: float) -> Seen:
        text = grams.weights_in_text(grams.grams_of(str(found.properties["text"])))
        return Seen(str(found.properties["passage_id"]), closeness, grams.overlap(self.weights, text))

    def _filter(self) -> _Filters:
        return Filter.by_property("version_id").contains_any(list(self.among))


def _best_unseen(near: Sequence[Seen], wordy: Sequence[Seen], depth: int) -> float:
    """No better than the last of both lists. The second is in Weaviate's own order, which is nearly ours."""
    overlap = min((each.overlap for each in wordy), default=0.0) if len(wordy) == depth else 0.0
    return score(near[-1].closeness, overlap)


def _cosine(one: Vector, other: Vector) -> float:
    """Weaviate scales what it keeps to length 1; the question's vector is that already."""
    length = sqrt(sum(each * each for each in other))
    return sum(a * b for a, b in zip(one, other, strict=True)) / length if length else 0.0

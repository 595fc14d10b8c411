# SPDX-License-Identifier: EUPL-1.2
"""Stand-ins without I/O. `MemoryPassages` is held to the index's contract in tests/contract/test_passages.py."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from math import sqrt

from services.retrieval.domain.drift import Held, digest_of_text
from services.retrieval.domain.grams import grams_of, overlap, weights_in_query, weights_in_text
from services.retrieval.domain.scoring import score
from services.retrieval.ports import Entry, Hit, Vector


@dataclass
class MemoryPassages:
    """The index of one tenant, in a dictionary: entries by embedder and version."""

    embedder: str = "letters"
    kept: dict[tuple[str, str], list[Entry]] = field(default_factory=dict)

    def put(self, version_id: str, entries: Sequence[Entry]) -> None:
        for key in [each for each in self.kept if each[1] == version_id]:
            del self.kept[key]
        self.kept[(self.embedder, version_id)] = list(entries)

    def held(self) -> list[Held]:
        return [
            Held(version_id, entry.passage_id, embedder, digest_of_text(entry.text))
            for (embedder, version_id), entries in self.kept.items()
            for entry in entries
        ]

    def nearest(self, text: str, vector: Vector, *, among: Collection[str], limit: int) -> list[Hit]:
        everything = [entry for entries in self.kept.values() for entry in entries]
        held = Counter(gram for entry in everything for gram in set(grams_of(entry.text)))
        wanted = weights_in_query(grams_of(text), held, len(everything))
        hits = []
        for version_id in set(among):
            for entry in self.kept.get((self.embedder, version_id), ()):
                closeness = sum(a * b for a, b in zip(vector, entry.vector, strict=True))
                words = overlap(wanted, weights_in_text(grams_of(entry.text)))
                hits.append(Hit(entry.passage_id, score(closeness, words), closeness))
        return sorted(hits, key=lambda each: (-each.score, each.passage_id))[:limit]


class LetterEmbedder:
    """Vectors from runs of letters: texts that share words are near. Says nothing about meaning."""

    name = "letters"

    def question(self, text: str) -> Vector:
        return letters(text)

    def passages(self, texts: Sequence[str]) -> list[Vector]:
        return [letters(each) for each in texts]


def letters(text: str, dimensions: int = 384) -> list[float]:
    """A vector of length 1, the same in every process."""
    sums = [0.0] * dimensions
    for gram, often in grams_of(text).items():
        sums[int.from_bytes(sha256(gram.encode()).digest()[:4], "big") % dimensions] += often
    length = sqrt(sum(each * each for each in sums)) or 1.0
    return [each / length for each in sums]

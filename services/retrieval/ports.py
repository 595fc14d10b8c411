# SPDX-License-Identifier: EUPL-1.2
"""What retrieval needs from outside, in its own words."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from services.retrieval.domain.documents import Document
from services.retrieval.domain.drift import Held
from services.retrieval.domain.guidelines import (
    GuidelinePublished,
    GuidelineSuperseded,
    Level,
    Passage,
    Placed,
    QuestionAnswered,
    State,
    Version,
)
from services.retrieval.domain.language import Language

Vector = Sequence[float]


class Guidelines(Protocol):
    """The guidelines of one tenant, within one transaction. This is the truth; the index can be built from it."""

    def publish(self, version: Version, passages: Sequence[Passage], fact: GuidelinePublished) -> None:
        """Keep the version with its passages, ask for its indexing and announce the fact: all or nothing."""

    def supersede(self, version: Version, fact: GuidelineSuperseded) -> None:
        """Keep the version's new last day and announce the fact."""

    def newest(self, guideline_id: str, *, to_change: bool = False) -> Version:
        """The version with the highest number. Raise `NotFound` when this tenant has no such guideline.

        `to_change` holds the guideline until the transaction ends, so that two new versions come one after the other.
        """

    def numbered(self, guideline_id: str, number: int) -> Version:
        """Raise `NotFound` when there is no such guideline or it has no such version."""

    def versions(self, guideline_id: str) -> list[Version]:
        """All versions, the newest first. Raise `NotFound` for an unknown guideline."""

    def listed(self, after: str | None, limit: int) -> list[Version]:
        """The newest version of each guideline, in the order of guideline ids, beginning after `after`."""

    def passages(self, version_id: str, after: int = -1, limit: int | None = None) -> list[Passage]:
        """In the order of the text, beginning after the ordinal `after`."""

    def placed(self, passage_ids: Collection[str]) -> dict[str, Placed]:
        """These passages with their versions, by id. An id that this tenant does not have is left out."""

    def in_force(self, day: date, levels: Collection[Level]) -> list[str]:
        """The ids of the versions that hold on the day, of these levels."""

    def states(self) -> dict[str, State]:
        """Every version of every guideline, and whether it can be searched."""

    def indexed(self, version_id: str) -> None:
        """The version can be searched. Holds the version until the transaction ends."""

    def not_indexed(self, version_id: str) -> None:
        """Indexing was given up. The text can still be read and cited."""

    def asked(self, fact: QuestionAnswered) -> None:
        """Announce that somebody asked."""

    def question_digest(self, question: str) -> str:
        """HMAC-SHA-256 under a key that only this tenant's rows hold; the key is made at the first question."""


@dataclass(frozen=True)
class Entry:
    """A passage as the index sees it: the words to compare, and what the text means."""

    passage_id: str
    text: str
    vector: Vector


@dataclass(frozen=True)
class Hit:
    """`closeness` is the cosine of question and passage. `score` orders the hits and is comparable between searches."""

    passage_id: str
    score: float
    closeness: float


class Passages(Protocol):
    """The searchable passages of one tenant, with the vectors of one embedder.

    It knows no dates and no levels: the asker names the versions meant. What embedders of other names have left behind
    is never found. All of it can be built anew from `Guidelines`.
    """

    def put(self, version_id: str, entries: Sequence[Entry]) -> None:
        """Make these the entries of the version, in place of what was there, whichever embedder made that.

        Safe to repeat, also after it was cut off half-way. Without entries, the version is gone from the index.
        """

    def nearest(self, text: str, vector: Vector, *, among: Collection[str], limit: int) -> list[Hit]:
        """The best entries of these versions for a question, by its meaning and its words, the best first.

        Entries with the same score come in the order of their ids, so that a search can be repeated. No entry is too
        far away to be found: nothing comes back only when the index holds nothing of these versions.
        """

    def held(self) -> Iterable[Held]:
        """Everything the index holds of the tenant, in no order; entries of other embedders too."""


class Embedder(Protocol):
    """Turns text into vectors of length 1, so that a product is a cosine. Slow; never called inside a transaction."""

    @property
    def name(self) -> str:
        """Model and version. Vectors of different names cannot be compared."""

    def question(self, text: str) -> Vector: ...

    def passages(self, texts: Sequence[str]) -> list[Vector]: ...


class Reader(Protocol):
    """Reads a file of any accepted format, recognised by content."""

    @property
    def largest_bytes(self) -> int:
        """A larger file is refused, so nobody needs to take in more."""

    def read(self, content: bytes) -> Document:
        """Raise `UnsupportedContent`, `Unacceptable` or `TooLarge`, each naming what is wrong with the file."""


class Languages(Protocol):
    """What is known of each language."""

    def of(self, code: str) -> Language: ...

# SPDX-License-Identifier: EUPL-1.2
"""What retrieval does: one function for each thing somebody may ask of it.

No use case opens a transaction. Those that embed text are slow and are called outside of one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from unicodedata import normalize

from kernel.errors import Unavailable
from kernel.identity import Actor, new_id
from services.retrieval.domain import answering
from services.retrieval.domain.answering import Answer, Calibration, Candidate
from services.retrieval.domain.drift import Drift, Wanted, digest_of_text, drift_between
from services.retrieval.domain.guidelines import (
    Cut,
    Guideline,
    GuidelinePublished,
    GuidelineSuperseded,
    Level,
    Passage,
    Placed,
    QuestionAnswered,
    State,
    Validity,
    Version,
    check_cuts,
    digest_of,
    superseded,
)
from services.retrieval.domain.language import Language
from services.retrieval.ports import Embedder, Entry, Guidelines, Hit, Passages, Vector


class IndexIncomplete(Unavailable):
    """Guidelines are in force, but the index has lost them. "Nothing found" would be a wrong answer."""


@dataclass(frozen=True)
class Edition:
    """What somebody hands in as one edition of a guideline, already cut into passages."""

    title: str
    reference: str | None
    validity: Validity
    cuts: tuple[Cut, ...]


@dataclass(frozen=True)
class Found:
    placed: Placed
    hit: Hit


def publish_guideline(
    guideline: Guideline, edition: Edition, by: Actor, at: datetime, guidelines: Guidelines
) -> Version:
    """Take in a guideline as its first version. Raise `EmptyGuideline` or `DuplicateKeys`."""
    return _publish(guideline, 1, edition, by, at, guidelines)


def publish_version(guideline_id: str, edition: Edition, by: Actor, at: datetime, guidelines: Guidelines) -> Version:
    """Take in a later version, and close the one before it on the day before. Raise `VersionNotLater`."""
    earlier = guidelines.newest(guideline_id, to_change=True)
    closed = superseded(earlier, edition.validity.since)
    version = _publish(earlier.guideline, earlier.number + 1, edition, by, at, guidelines)
    guidelines.supersede(closed, GuidelineSuperseded(closed, version, by.role))
    return version


def _publish(
    guideline: Guideline, number: int, edition: Edition, by: Actor, at: datetime, guidelines: Guidelines
) -> Version:
    check_cuts(edition.cuts)
    passages = [
        Passage(new_id(), place, each.heading, each.text, each.anchor, each.key)
        for place, each in enumerate(edition.cuts)
    ]
    version = Version(
        id=new_id(),
        guideline=guideline,
        number=number,
        title=edition.title,
        reference=edition.reference,
        validity=edition.validity,
        state=State.INDEXING,
        passages=len(passages),
        digest=digest_of(passages),
        published_at=at,
        published_by=by.id,
    )
    guidelines.publish(version, passages, GuidelinePublished(version, by.role))
    return version


def entries_of(
    passages: Sequence[Passage], embedder: Embedder, progress: Callable[[float], None], batch: int = 16
) -> list[Entry]:
    """What the index needs of these passages. Slow: about 50 ms of computing for each."""
    entries: list[Entry] = []
    for begin in range(0, len(passages), batch):
        part = passages[begin : begin + batch]
        texts = [searchable(each) for each in part]
        vectors = embedder.passages(texts)
        entries += [Entry(each.id, text, vector) for each, text, vector in zip(part, texts, vectors, strict=True)]
        progress(len(entries) / len(passages))
    return entries


def searchable(passage: Passage) -> str:
    """Heading and text as one, composed (NFC): the heading often holds the word that people ask for."""
    return normalize("NFC", f"{passage.heading}. {passage.text}" if passage.heading else passage.text)


def search(
    text: str,
    vector: Vector,
    *,
    as_of: date,
    levels: Collection[Level],
    limit: int,
    guidelines: Guidelines,
    passages: Passages,
) -> list[Found]:
    """The best passages of what is in force on the day. Raise `IndexIncomplete` rather than say that there is none."""
    versions = guidelines.in_force(as_of, levels)
    hits = passages.nearest(normalize("NFC", text), vector, among=versions, limit=limit) if versions else []
    if versions and not hits:
        raise IndexIncomplete("the index holds nothing of what is in force: run services.retrieval.reindex")
    placed = guidelines.placed([each.passage_id for each in hits])
    return [Found(placed[each.passage_id], each) for each in hits if each.passage_id in placed]


def wanted_in_index(guidelines: Guidelines) -> dict[str, Wanted]:
    """What the index is to hold: every version whose indexing has ended, well or not."""
    return {
        version_id: Wanted(
            {each.id: digest_of_text(searchable(each)) for each in guidelines.passages(version_id)},
            was_given_up=state is State.FAILED,
        )
        for version_id, state in guidelines.states().items()
        if state is not State.INDEXING
    }


def drift(wanted: Mapping[str, Wanted], guidelines: Guidelines, passages: Passages, embedder: Embedder) -> Drift:
    """Where the index differs from `wanted`, which was read in an earlier transaction: see `drift_between`."""
    held = list(passages.held())
    return drift_between(wanted, held, guidelines.states(), embedder.name)


def answer_question(
    question: str, vector: Vector, found: Sequence[Found], language: Language, embedder: Embedder, limits: Calibration
) -> Answer:
    """The guidelines' own words, or why there are none."""

    def close(sentences: Sequence[str]) -> list[float]:
        return [_product(vector, each) for each in embedder.passages(sentences)]

    candidates = [Candidate(each.placed, each.hit.closeness) for each in found]
    return answering.answer(question, candidates, language, limits, close)


def record_question(
    question: str, given: Answer, *, as_of: date, by: Actor, at: datetime, guidelines: Guidelines
) -> None:
    """Tell the audit log that somebody asked and what was quoted, without the words."""
    fact = QuestionAnswered(
        question_id=new_id(),
        question_digest=guidelines.question_digest(question),
        asked_by=by.id,
        actor_role=by.role,
        as_of=as_of,
        because=given.because.value if given.because else None,
        cited=tuple(each.placed.passage.id for each in given.quotes),
        asked_at=at,
    )
    guidelines.asked(fact)


def _product(one: Vector, other: Vector) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))

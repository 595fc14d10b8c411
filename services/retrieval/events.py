# SPDX-License-Identifier: EUPL-1.2
"""How retrieval's facts look to others: the one place where a fact becomes protobuf."""

from typing import assert_never

from google.protobuf.message import Message

from contracts.retrieval import v1 as published
from services.retrieval.domain.guidelines import Fact, GuidelinePublished, GuidelineSuperseded, QuestionAnswered


def to_event(fact: Fact) -> Message:
    match fact:
        case GuidelinePublished():
            return _published(fact)
        case GuidelineSuperseded():
            return _superseded(fact)
        case QuestionAnswered():
            return _answered(fact)
        case _:
            assert_never(fact)


def _published(fact: GuidelinePublished) -> Message:
    version = fact.version
    until = version.validity.until
    return published.GuidelinePublished(
        guideline_id=version.guideline.id,
        version_id=version.id,
        version=version.number,
        level=version.guideline.level.value,
        valid_from=version.validity.since.isoformat(),
        valid_to=until.isoformat() if until else "",
        passages=version.passages,
        content_digest=version.digest,
        actor_id=version.published_by,
        actor_role=fact.actor_role,
    )


def _superseded(fact: GuidelineSuperseded) -> Message:
    until = fact.version.validity.until
    return published.GuidelineSuperseded(
        guideline_id=fact.version.guideline.id,
        version_id=fact.version.id,
        version=fact.version.number,
        valid_to=until.isoformat() if until else "",
        successor_version_id=fact.successor.id,
        actor_id=fact.successor.published_by,
        actor_role=fact.actor_role,
    )


def _answered(fact: QuestionAnswered) -> Message:
    event = published.QuestionAnswered(
        question_id=fact.question_id,
        question_digest=fact.question_digest,
        answered=fact.because is None,
        because=fact.because or "",
        passage_ids=fact.cited,
        as_of=fact.as_of.isoformat(),
        actor_id=fact.asked_by,
        actor_role=fact.actor_role,
    )
    event.asked_at.FromDatetime(fact.asked_at)
    return event

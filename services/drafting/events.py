# SPDX-License-Identifier: EUPL-1.2
"""How drafting's facts look to others: the one place where a fact becomes protobuf, and text becomes a digest."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any, assert_never

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from contracts.drafting import v1 as published
from services.drafting.domain import facts
from services.drafting.domain.case import Case
from services.drafting.domain.decision import Decision, OutcomeKind
from services.drafting.domain.digests import digest_of, sentences_digest
from services.drafting.domain.facts import Fact
from services.drafting.domain.section import Section
from services.drafting.domain.sentences import Sentence

OfCase = facts.CaseOpened | facts.ScopeChecked | facts.ScopeDecided | facts.ManualHandlingChosen
OfSection = (
    facts.SectionProposed
    | facts.SectionEdited
    | facts.SentenceResolved
    | facts.SectionApproved
    | facts.SectionMadeStale
)
OfRecord = (
    facts.SourceAdded
    | facts.CaseReviewed
    | facts.CaseCommunicated
    | facts.DecisionRecorded
    | facts.DocumentIssued
    | facts.DraftReplayed
)


def to_event(fact: Fact, key: bytes) -> Message:
    """`key` is the case's own and seals the digests."""
    who = {"actor_id": fact.actor.id, "actor_role": fact.actor.role}
    if isinstance(fact, OfCase):
        return _of_case(fact, who, key)
    if isinstance(fact, OfSection):
        return _of_section(fact, who, key)
    return _of_record(fact, who, key)


def _of_case(fact: OfCase, who: dict[str, Any], key: bytes) -> Message:
    case = fact.case
    match fact:
        case facts.CaseOpened():
            return published.CaseOpened(
                case_id=case.id,
                **who,
                template=case.template,
                template_digest=case.template_digest,
                department=case.department,
                language=case.language,
                application_digest=digest_of(key, [case.application.text, case.application.requested]),
                requested_supports=len(case.supports),
            )
        case facts.ScopeChecked():
            return published.ScopeChecked(case_id=case.id, **who, verdict=case.scope.verdict, state=case.state)
        case facts.ScopeDecided():
            reason = digest_of(key, case.scope.reason)
            return published.ScopeDecided(
                case_id=case.id, **who, verdict=case.scope.verdict, state=case.state, reason_digest=reason
            )
        case facts.ManualHandlingChosen():
            return published.ManualHandlingChosen(
                case_id=case.id,
                **who,
                requested_support_digest=digest_of(key, fact.support) if fact.support else "",
                whole_case=not fact.support,
                reason_digest=digest_of(key, _reason_for_hand_over(case, fact.support)),
            )
        case _:
            assert_never(fact)


def _of_section(fact: OfSection, who: dict[str, Any], key: bytes) -> Message:
    section = fact.section
    match fact:
        case facts.SectionProposed():
            return published.SectionProposed(**who, **_text(section, key), **_manifest(section, key))
        case facts.SectionEdited():
            return published.SectionEdited(**who, **_text(section, key))
        case facts.SectionApproved():
            return published.SectionApproved(**who, **_text(section, key), set_aside_as_empty=section.set_aside)
        case facts.SentenceResolved():
            return published.SentenceResolved(
                **who, **_place(section), sentence_id=fact.sentence_id, reason_digest=_reason(fact, key)
            )
        case facts.SectionMadeStale():
            return published.SectionMadeStale(**who, **_place(section), changed_section_key=fact.changed)
        case _:
            assert_never(fact)


def _of_record(fact: OfRecord, who: dict[str, Any], key: bytes) -> Message:
    match fact:
        case facts.SourceAdded():
            source = fact.source
            return published.SourceAdded(
                case_id=source.case_id,
                **who,
                source_id=source.id,
                kind=source.kind,
                transcript_id=source.external_id,
                source_digest=source.digest,
                parts=len(source.material.parts),
            )
        case facts.CaseReviewed():
            kinds, total = sorted(fact.findings), sum(fact.findings.values())
            return published.CaseReviewed(
                case_id=fact.case_id, **who, review_id=fact.review_id, findings=total, kinds=kinds
            )
        case facts.CaseCommunicated():
            told = fact.communication
            return published.CaseCommunicated(
                case_id=fact.case_id,
                **who,
                communication_id=told.id,
                communicated_at=_time(told.communicated_at),
                how=told.how,
                reply_by=told.reply_by.isoformat(),
                has_reply=bool(told.reply),
            )
        case facts.DecisionRecorded():
            return published.DecisionRecorded(case_id=fact.case_id, **who, **_decision(fact.decision, key))
        case facts.DocumentIssued():
            digest = digest_of(key, fact.content)
            return published.DocumentIssued(
                case_id=fact.case_id, **who, media_type=fact.media_type, document_digest=digest, state=fact.state
            )
        case facts.DraftReplayed():
            return published.DraftReplayed(
                case_id=fact.case_id, **who, identical=fact.identical, differing=fact.differing
            )
        case _:
            assert_never(fact)


def _place(section: Section) -> dict[str, Any]:
    return {"case_id": section.case_id, "section_key": section.key, "revision": section.revision}


def _text(section: Section, key: bytes) -> dict[str, Any]:
    counts = section.counts
    return _place(section) | {
        "section_digest": sentences_digest(key, section.sentences),
        "sentences_machine": counts.machine,
        "sentences_machine_edited": counts.machine_edited,
        "sentences_human": counts.human,
        "sentences_unsupported": counts.unsupported,
    }


def _manifest(section: Section, key: bytes) -> dict[str, Any]:
    manifest = section.manifest
    if manifest is None:
        return {}
    return {
        "omissions": len(section.omissions),
        "writer_name": manifest.writer,
        "writer_kind": manifest.kind,
        "writer_digest": manifest.writer_digest,
        "prompt_version": manifest.prompt_version,
        "manifest_id": manifest.id,
        "input_digest": digest_of(key, manifest.inputs),
        "output_digest": manifest.output_digest,
    }


def _decision(decision: Decision, key: bytes) -> dict[str, Any]:
    times = Counter(each.outcome for each in decision.outcomes)
    content = [[each.support, each.outcome.value, each.legal_basis] for each in decision.outcomes]
    return {
        "decision_id": decision.id,
        "decided_at": _time(decision.decided_at),
        "granted": times[OutcomeKind.GRANTED],
        "partly_granted": times[OutcomeKind.PARTLY_GRANTED],
        "refused": times[OutcomeKind.REFUSED],
        "decision_digest": digest_of(key, [decision.decided_by, content]),
    }


def _reason(fact: facts.SentenceResolved, key: bytes) -> str:
    sentence: Sentence | None = fact.section.sentence(fact.sentence_id)
    return digest_of(key, sentence.resolution.reason) if sentence and sentence.resolution else ""


def _reason_for_hand_over(case: Case, support: str) -> str:
    handed_over = case.handed_over
    if support:
        handed_over = next((each.handed_over for each in case.supports if each.key == support), None)
    return handed_over.reason if handed_over else ""


def _time(at: datetime) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(at)
    return stamp

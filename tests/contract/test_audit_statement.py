# SPDX-License-Identifier: EUPL-1.2
"""The statement counts what drafting really sends: its event types and field names are those of the contract."""

import json
from typing import Any

import rfc8785
from google.protobuf.message import Message

from contracts.drafting import v1 as drafting
from kernel.events import Delivery, event_type
from kernel.identity import TenantId
from services.audit import usecases
from services.audit.domain import Sentences, Statement
from services.audit.domain.statement import TOLD, Writer
from services.audit.events import happening
from tests.unit.audit.memory import NOON, MemoryLog

CASE: dict[str, Any] = {"case_id": "case-1", "actor_id": "caseworker@ekhamra", "actor_role": "caseworker"}


def a_delivery(number: int, event: Message) -> Delivery:
    tenant_id, data = TenantId("ekhamra"), event.SerializeToString()
    return Delivery(f"event-{number}", event_type(event), "/drafting", "case-1", NOON, tenant_id, "case-1", data)


def statement_of(*events: Message) -> Statement:
    log = MemoryLog()
    deliveries = [a_delivery(number, each) for number, each in enumerate(events)]
    usecases.record([happening(each) for each in deliveries], log, rfc8785.dumps, NOON)
    assert all(json.loads(each)["case_id"] == "case-1" for each in log.contents(0, 99))
    return usecases.case_statement("case-1", log)


def test_every_type_that_is_counted_is_one_that_drafting_sends() -> None:
    assert set(drafting.__all__) >= TOLD


def test_what_drafting_sends_is_counted() -> None:
    proposed = drafting.SectionProposed(
        **CASE, section_key="health", sentences_machine=4, writer_name="w", writer_kind="model", prompt_version="7",
        writer_digest="ab",
    )  # fmt: skip
    approved = drafting.SectionApproved(
        **CASE, section_key="health", sentences_machine=2, sentences_machine_edited=1, sentences_human=3
    )
    decided = drafting.DecisionRecorded(**CASE, granted=1)
    decided.decided_at.FromDatetime(NOON)

    statement = statement_of(
        drafting.SourceAdded(**CASE, kind="note"),
        proposed,
        approved,
        drafting.SentenceResolved(**CASE, section_key="health"),
        drafting.ManualHandlingChosen(**CASE, whole_case=True),
        decided,
    )

    assert statement.total == Sentences(2, 1, 3)
    assert statement.sections[0].is_approved
    assert statement.proposals == {Writer("w", "model", "7", "ab"): 1}
    assert statement.sources == {"note": 1}
    assert (statement.resolved_by_human, statement.is_all_by_hand) == (1, True)
    assert statement.decided_at == "2026-03-02T12:00:00.000Z"


def test_a_heading_that_became_stale_is_approved_no_longer() -> None:
    statement = statement_of(
        drafting.SectionApproved(**CASE, section_key="health"),
        drafting.SectionMadeStale(**CASE, section_key="health", changed_section_key="process"),
    )

    assert not statement.sections[0].is_approved

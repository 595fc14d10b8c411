# SPDX-License-Identifier: EUPL-1.2
"""What leaves the service: ids, counts and digests, and no word of anybody's."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from services.drafting.domain import facts
from services.drafting.domain.decision import Communication, Decision, How, Outcome, OutcomeKind
from services.drafting.domain.facts import Fact
from services.drafting.domain.section import Section
from services.drafting.domain.sentences import Origin
from services.drafting.events import to_event
from tests.unit.drafting.casework import (
    KEY,
    MAJA,
    NOON,
    TRANSCRIPT,
    a_manifest,
    a_resolution,
    a_sentence,
    a_text,
    an_unsupported_sentence,
)

SENTENCES = (
    a_sentence("x1", resolution=a_resolution()),
    a_sentence("x2", "Städning behövs.", origin=Origin.MACHINE_EDITED),
    an_unsupported_sentence("x3"),
)
SECTION = Section("case-1", "d6", revision=4, sentences=SENTENCES, manifest=a_manifest())
CASE = a_text().handle_manually("snoskottning", "Väntat avslag.", NOON, MAJA)[0].case
OUTCOMES = (Outcome("stadning", OutcomeKind.GRANTED, "SoL"), Outcome("snoskottning", OutcomeKind.REFUSED, "SoL"))
FACTS: tuple[Fact, ...] = (
    facts.CaseOpened(CASE, MAJA),
    facts.ScopeChecked(CASE, MAJA),
    facts.ScopeDecided(CASE, MAJA),
    facts.SourceAdded(TRANSCRIPT, MAJA),
    facts.SectionProposed(SECTION, MAJA),
    facts.SectionEdited(SECTION, MAJA),
    facts.SentenceResolved(SECTION, "x1", MAJA),
    facts.SectionApproved(SECTION, MAJA),
    facts.SectionMadeStale(SECTION, "health", MAJA),
    facts.ManualHandlingChosen(CASE, "snoskottning", MAJA),
    facts.ManualHandlingChosen(CASE, "", MAJA),
    facts.CaseReviewed("case-1", "r1", {"stale": 2, "omission": 1}, MAJA),
    facts.CaseCommunicated("case-1", Communication("k1", NOON, How.LETTER, date(2026, 10, 27), "Hej", MAJA.id), MAJA),
    facts.DecisionRecorded("case-1", Decision("d1", OUTCOMES, "Nämnden", NOON, MAJA.id, NOON), MAJA),
    facts.DocumentIssued("case-1", "application/pdf", b"%PDF Aina", "decided", MAJA),
    facts.DraftReplayed("case-1", 3, 1, MAJA),
)


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: type(fact).__name__)
def test_every_fact_leaves_without_a_word_of_the_case(fact: Fact) -> None:
    event = to_event(fact, KEY)

    sent = str(event).lower() + event.SerializeToString().decode("latin-1").lower()
    for word in ("aina", "städning", "stadning", "snoskottning", "dammsuga", "avslag", "hembesök", "nämnden", "hej"):
        assert word not in sent
    assert (event.case_id, event.actor_id, event.actor_role) == ("case-1", "maja@ekhamra", "caseworker")  # type: ignore[attr-defined] # every message has these


def test_a_section_is_counted_by_who_wrote_it() -> None:
    event = to_event(facts.SectionEdited(SECTION, MAJA), KEY)

    shown = {
        name: getattr(event, f"sentences_{name}") for name in ("machine", "machine_edited", "human", "unsupported")
    }
    assert shown == {"machine": 1, "machine_edited": 1, "human": 1, "unsupported": 1}


def test_a_digest_follows_the_words_and_the_key() -> None:
    other = replace(SECTION, sentences=(a_sentence("x1", "Annat."), *SENTENCES[1:]))

    digests = {
        to_event(facts.SectionEdited(section, MAJA), key).section_digest  # type: ignore[attr-defined] # of this message
        for section, key in ((SECTION, KEY), (other, KEY), (SECTION, b"another"))
    }

    assert len(digests) == 3


def test_a_digest_does_not_follow_a_new_version_of_the_checks() -> None:
    unchecked = replace(SECTION, sentences=tuple(replace(each, checks=()) for each in SENTENCES))

    one, other = (to_event(facts.SectionApproved(each, MAJA), KEY) for each in (SECTION, unchecked))

    assert one.section_digest == other.section_digest  # type: ignore[attr-defined] # of this message

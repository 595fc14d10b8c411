# SPDX-License-Identifier: EUPL-1.2
"""The rules between the headings of a case, one at a time. `test_case_steps.py` walks them at random."""

from dataclasses import replace

import pytest

from kernel.errors import NotFound
from services.drafting.domain import facts
from services.drafting.domain.case import AlreadyDecided, CaseState, OutOfScope
from services.drafting.domain.casetext import (
    AlreadyApproved,
    CaseText,
    DependsOnUnapproved,
    EmptySection,
    ManualHandling,
    ProposalPending,
    SentenceIsSupported,
    StaleSection,
    UnsupportedSentences,
)
from services.drafting.domain.section import SectionState, StaleCause
from services.drafting.domain.sentences import Origin
from tests.unit.drafting.casework import (
    MAJA,
    NOON,
    a_proposal,
    a_resolution,
    a_sentence,
    a_text,
    an_unsupported_sentence,
    approved,
    proposed,
)


def built() -> CaseText:
    """A text whose facts and assessment are approved."""
    return approved(a_text(), "health", "d6", "assessment")


def test_a_fact_heading_may_be_proposed_in_any_order() -> None:
    text, _ = a_text().request_proposal("d6", "ticket", MAJA)

    assert text.section("d6").state is SectionState.PENDING


def test_an_assessment_waits_for_every_fact_to_be_approved() -> None:
    text = approved(a_text(), "health")

    with pytest.raises(DependsOnUnapproved) as refused:
        text.request_proposal("assessment", "ticket", MAJA)

    assert refused.value.members["sections"] == ["d6"]


def test_a_heading_set_aside_as_empty_lets_others_build_on_it() -> None:
    text, _ = approved(a_text(), "health").approve("d6", NOON, MAJA, as_empty=True)

    text, _ = text.request_proposal("assessment", "ticket", MAJA)

    assert text.section("d6").set_aside
    assert text.section("assessment").state is SectionState.PENDING


def test_an_empty_heading_is_not_approved_by_mistake() -> None:
    with pytest.raises(EmptySection):
        a_text().approve("d6", NOON, MAJA)


def test_a_proposal_that_lands_is_announced_with_its_revision() -> None:
    asked, _ = a_text().request_proposal("d6", "ticket", MAJA)

    landed, happened = asked.land_proposal("d6", "ticket", a_proposal(), MAJA)

    assert happened == (facts.SectionProposed(landed.section("d6"), MAJA),)
    assert landed.section("d6").revision == asked.section("d6").revision + 1


def test_a_proposal_is_asked_for_once_at_a_time() -> None:
    asked, _ = a_text().request_proposal("d6", "ticket", MAJA)

    with pytest.raises(ProposalPending):
        asked.request_proposal("d6", "another", MAJA)


def test_what_a_human_writes_while_a_proposal_is_awaited_stands() -> None:
    asked, _ = a_text().request_proposal("d6", "ticket", MAJA)
    written, _ = asked.edit("d6", (an_unsupported_sentence(),), (), MAJA)

    landed, happened = written.land_proposal("d6", "ticket", a_proposal(), MAJA)

    assert landed == written
    assert happened == ()


def test_an_earlier_ticket_does_not_land_in_a_later_request() -> None:
    asked, _ = a_text().request_proposal("d6", "first", MAJA)
    written, _ = asked.edit("d6", (), (), MAJA)
    again, _ = written.request_proposal("d6", "second", MAJA)

    landed, _ = again.land_proposal("d6", "first", a_proposal(), MAJA)

    assert landed.section("d6").state is SectionState.PENDING


def test_a_writer_that_gives_up_leaves_what_stood_there() -> None:
    edited, _ = a_text().edit("d6", (a_sentence(),), (), MAJA)
    asked, _ = edited.request_proposal("d6", "ticket", MAJA)

    failed, _ = asked.give_up_proposal("d6", "ticket", "Det gick inte.")

    assert failed.section("d6").state is SectionState.FAILED
    assert failed.section("d6").problem == "Det gick inte."
    assert failed.section("d6").sentences == edited.section("d6").sentences


def test_an_unsupported_sentence_blocks_approval_by_name() -> None:
    text, _ = a_text().edit("d6", (a_sentence(), an_unsupported_sentence("x9")), (), MAJA)

    with pytest.raises(UnsupportedSentences) as refused:
        text.approve("d6", NOON, MAJA)

    assert refused.value.members["sentences"] == ["x9"]


def test_a_human_may_answer_for_a_sentence_without_support() -> None:
    text, _ = a_text().edit("d6", (an_unsupported_sentence("x9"),), (), MAJA)

    answered, happened = text.resolve("d6", "x9", a_resolution(), MAJA)
    settled, _ = answered.approve("d6", NOON, MAJA)

    assert isinstance(happened[0], facts.SentenceResolved)
    assert settled.section("d6").state is SectionState.APPROVED


def test_a_supported_sentence_needs_no_answer() -> None:
    with pytest.raises(SentenceIsSupported):
        proposed(a_text(), "d6", a_sentence("x1")).resolve("d6", "x1", a_resolution(), MAJA)


def test_nobody_answers_for_a_sentence_that_is_not_there() -> None:
    with pytest.raises(NotFound):
        proposed(a_text(), "d6").resolve("d6", "x77", a_resolution(), MAJA)


def test_approval_is_given_once() -> None:
    with pytest.raises(AlreadyApproved):
        built().approve("d6", NOON, MAJA)


def test_an_edit_of_an_approved_fact_opens_it_and_makes_stale_what_was_built_on_it() -> None:
    text, happened = built().edit("d6", (a_sentence("x-d6", "Aina dammsuger själv."),), (), MAJA)

    assert text.section("d6").state is SectionState.EDITED
    reason = text.section("assessment").stale_because[0]
    assert (reason.section, reason.cause, reason.sentence_ids) == ("d6", StaleCause.EDITED, ("x-d6",))
    assert [type(each) for each in happened] == [facts.SectionEdited, facts.SectionMadeStale]


def test_staleness_reaches_what_was_built_on_what_was_built() -> None:
    text = approved(built(), "proposal")

    text, _ = text.edit("health", (), (), MAJA)

    assert text.section("proposal").stale


def test_what_has_no_text_does_not_turn_stale() -> None:
    text, _ = approved(a_text(), "health", "d6").edit("d6", (), (), MAJA)

    assert not text.section("assessment").stale


def test_a_stale_heading_cannot_be_approved_and_nothing_builds_on_it() -> None:
    text, _ = built().edit("d6", (a_sentence("x-d6", "Annat."),), (), MAJA)
    text, _ = text.approve("d6", NOON, MAJA)

    with pytest.raises(StaleSection):
        text.approve("assessment", NOON, MAJA)
    with pytest.raises(DependsOnUnapproved):
        text.request_proposal("proposal", "ticket", MAJA)


@pytest.mark.parametrize("how", ["edit", "proposal"])
def test_an_edit_or_a_new_proposal_mends_a_stale_heading(how: str) -> None:
    text, _ = built().edit("d6", (a_sentence("x-d6", "Annat."),), (), MAJA)
    text, _ = text.approve("d6", NOON, MAJA)

    if how == "edit":
        text, _ = text.edit("assessment", (a_sentence("y1", "Ny bedömning."),), (), MAJA)
    else:
        text = proposed(text, "assessment")
    text, _ = text.approve("assessment", NOON, MAJA)

    assert text.section("assessment").is_settled


def test_a_fact_that_changes_while_the_assessment_is_written_makes_the_new_assessment_stale() -> None:
    asked, _ = approved(a_text(), "health", "d6").request_proposal("assessment", "ticket", MAJA)
    edited, _ = asked.edit("d6", (a_sentence("x-d6", "Annat."),), (), MAJA)

    landed, _ = edited.land_proposal("assessment", "ticket", a_proposal(), MAJA)

    assert landed.section("assessment").state is SectionState.PROPOSED
    assert landed.section("assessment").stale


def test_a_new_proposal_on_an_approved_fact_opens_it_too() -> None:
    text, happened = built().request_proposal("d6", "ticket", MAJA)

    assert not text.section("d6").is_settled
    assert text.section("assessment").stale
    assert isinstance(happened[0], facts.SectionMadeStale)


def test_nothing_is_drafted_for_a_case_that_is_not_ours() -> None:
    with pytest.raises(OutOfScope):
        a_text(state=CaseState.STOPPED).request_proposal("d6", "ticket", MAJA)


def test_nothing_changes_in_a_decided_case() -> None:
    text = a_text(state=CaseState.DECIDED)

    with pytest.raises(AlreadyDecided):
        text.edit("d6", (), (), MAJA)
    with pytest.raises(AlreadyDecided):
        text.handle_manually(None, "Sent.", NOON, MAJA)


def test_a_proposal_that_comes_after_the_decision_does_not_land() -> None:
    asked, _ = a_text().request_proposal("d6", "ticket", MAJA)
    decided = replace(asked, case=replace(asked.case, state=CaseState.DECIDED))

    landed, happened = decided.land_proposal("d6", "ticket", a_proposal(), MAJA)

    assert landed.section("d6").sentences == ()
    assert happened == ()


def test_a_whole_case_in_human_hands_leaves_the_machine_the_facts_only() -> None:
    text, _ = approved(a_text(), "health", "d6").handle_manually(None, "Svår avvägning.", NOON, MAJA)

    with pytest.raises(ManualHandling):
        text.request_proposal("assessment", "ticket", MAJA)
    refreshed, _ = text.request_proposal("d6", "ticket", MAJA)
    assert refreshed.section("d6").state is SectionState.PENDING
    assert text.section("assessment").state is SectionState.MANUAL


def test_every_support_in_human_hands_is_as_the_whole_case() -> None:
    text = approved(a_text(), "health", "d6")
    for key in ("stadning", "snoskottning"):
        text, _ = text.handle_manually(key, "Väntat avslag.", NOON, MAJA)

    with pytest.raises(ManualHandling):
        text.request_proposal("assessment", "ticket", MAJA)


def test_a_heading_in_human_hands_is_manual_until_approved() -> None:
    text, _ = approved(a_text(), "health", "d6").handle_manually(None, "Svår avvägning.", NOON, MAJA)

    text, _ = text.edit("assessment", (a_sentence("y1", origin=Origin.HUMAN),), (), MAJA)

    assert text.section("assessment").state is SectionState.MANUAL


def test_a_writer_that_speaks_of_what_a_human_handles_is_cut_short() -> None:
    text, _ = approved(a_text(), "health", "d6").handle_manually("snoskottning", "Väntat avslag.", NOON, MAJA)

    text = proposed(text, "assessment", a_sentence("y1"), a_sentence("y2", "Snöskottningen kan inte beviljas."))

    assert [each.id for each in text.section("assessment").sentences] == ["y1"]


def test_a_fact_may_speak_of_what_a_human_handles() -> None:
    text, _ = a_text().handle_manually("snoskottning", "Väntat avslag.", NOON, MAJA)

    text = proposed(text, "d6", a_sentence("y2", "Aina klarar inte snöskottningen."))

    assert len(text.section("d6").sentences) == 1


def test_text_that_a_machine_wrote_before_about_what_a_human_handles_now_turns_stale() -> None:
    text = proposed(approved(a_text(), "health", "d6"), "assessment", a_sentence("y2", "Snöskottning behövs."))
    text, _ = text.approve("assessment", NOON, MAJA)

    text, happened = text.handle_manually("snoskottning", "Väntat avslag.", NOON, MAJA)

    reason = text.section("assessment").stale_because[0]
    assert (reason.cause, reason.sentence_ids) == (StaleCause.MANUAL_HANDLING, ("y2",))
    assert [type(each) for each in happened] == [facts.ManualHandlingChosen, facts.SectionMadeStale]


def test_an_edit_may_not_keep_the_machines_words_about_what_a_human_handles() -> None:
    text, _ = approved(a_text(), "health", "d6").handle_manually("snoskottning", "Väntat avslag.", NOON, MAJA)
    kept = a_sentence("y2", "Snöskottning behövs.")

    with pytest.raises(ManualHandling) as refused:
        text.edit("assessment", (kept,), (), MAJA)
    text, _ = text.edit("assessment", (replace(kept, origin=Origin.MACHINE_EDITED),), (), MAJA)

    assert refused.value.members["sentences"] == ["y2"]
    assert text.section("assessment").state is SectionState.EDITED


def test_a_proposal_that_is_under_way_does_not_land_in_human_hands() -> None:
    asked, _ = approved(a_text(), "health", "d6").request_proposal("assessment", "ticket", MAJA)
    taken, _ = asked.handle_manually(None, "Svår avvägning.", NOON, MAJA)

    landed, _ = taken.land_proposal("assessment", "ticket", a_proposal(), MAJA)

    assert landed.section("assessment").sentences == ()
    assert landed.section("assessment").state is SectionState.MANUAL


def test_the_appeal_comes_from_law_data_also_when_a_human_handles_the_case() -> None:
    text, _ = a_text().handle_manually(None, "Svår avvägning.", NOON, MAJA)

    text = proposed(text, "appeal", a_sentence("a1", "Överklagandet ska ha kommit in inom tre veckor."))

    assert text.section("appeal").state is SectionState.PROPOSED


def test_a_support_that_was_not_applied_for_is_not_found() -> None:
    with pytest.raises(NotFound):
        a_text().handle_manually("bilstod", "Finns inte.", NOON, MAJA)

# SPDX-License-Identifier: EUPL-1.2
"""Correcting and approving a transcript: the rules, without a database."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.errors import NotFound
from services.transcription.domain import (
    Meeting,
    Participant,
    ParticipantRole,
    SpeakerUnknown,
    Transcript,
    TranscriptAlreadyApproved,
    TranscriptNotAcceptable,
    UtteranceId,
)
from tests.unit.transcription.memory import CASEWORKER, NOON, a_transcript, an_utterance

SECOND = UtteranceId("u002")


def digest(content: object) -> str:
    return f"digest of {content!r}"


def corrected(transcript: Transcript, text: str | None = None, speaker: str | None = None) -> Transcript:
    return transcript.correct(SECOND, text, speaker, CASEWORKER, NOON, digest)[0]


def test_a_correction_changes_what_is_read_and_not_what_was_heard() -> None:
    after = corrected(a_transcript(), text="Jag duschar själv.").utterance(SECOND)

    assert after.text == "Jag duschar själv."
    assert after.original_text == "Jag duschar inte själv."
    assert after.correction is not None
    assert (after.correction.by, after.correction.at) == (CASEWORKER.id, NOON)


def test_a_correction_of_the_speaker_leaves_the_words() -> None:
    after = corrected(a_transcript(), speaker="H").utterance(SECOND)

    assert (after.speaker, after.original_speaker) == ("H", "I")
    assert after.text == after.original_text


def test_a_later_correction_builds_on_the_earlier_one() -> None:
    after = corrected(corrected(a_transcript(), text="Annat."), speaker="H").utterance(SECOND)

    assert (after.text, after.speaker) == ("Annat.", "H")


def test_the_fact_of_a_correction_carries_digests_of_before_and_after() -> None:
    _, fact = a_transcript().correct(SECOND, "Annat.", None, CASEWORKER, NOON, digest)

    assert "inte själv" in fact.before_digest
    assert "Annat." in fact.after_digest
    assert (fact.utterance_id, fact.part) == ("u002", "utterance")


def test_only_a_participant_can_have_said_it() -> None:
    with pytest.raises(SpeakerUnknown):
        corrected(a_transcript(), speaker="K")


def test_an_utterance_that_is_not_there_is_not_found() -> None:
    with pytest.raises(NotFound):
        a_transcript().correct(UtteranceId("u9"), "x", None, CASEWORKER, NOON, digest)


def test_doubt_ends_when_a_human_confirms_the_same_words() -> None:
    doubtful = replace(an_utterance(2), doubtful_words=("inte",))
    transcript = a_transcript(doubtful)

    confirmed = corrected(transcript, text=doubtful.text).utterance(SECOND)

    assert transcript.utterance(SECOND).is_doubtful
    assert not confirmed.is_doubtful


def test_everybody_who_speaks_stays_among_the_participants() -> None:
    with pytest.raises(TranscriptNotAcceptable):
        a_transcript().name_participants((Participant("H", ParticipantRole.CASEWORKER),), CASEWORKER, digest)


def test_a_speaker_that_nobody_has_any_more_may_go() -> None:
    transcript = corrected(a_transcript(), speaker="H")

    named, _ = transcript.name_participants((Participant("H", ParticipantRole.CASEWORKER),), CASEWORKER, digest)

    assert [each.speaker for each in named.participants] == ["H"]


def test_two_participants_never_share_a_label() -> None:
    twice = (Participant("I", ParticipantRole.APPLICANT), Participant("I", ParticipantRole.CHILD))

    with pytest.raises(TranscriptNotAcceptable) as refusal:
        a_transcript().name_participants((*twice, Participant("H", ParticipantRole.OTHER)), CASEWORKER, digest)

    assert [each.pointer for each in refusal.value.errors] == ["/participants/1/speaker"]


def test_every_change_makes_a_new_revision() -> None:
    transcript = a_transcript()
    changed = corrected(transcript, text="Annat.")
    placed, _ = changed.place_meeting(Meeting(NOON.date()), CASEWORKER, digest)

    assert [transcript.revision, changed.revision, placed.revision] == [1, 2, 3]


def test_approval_is_final() -> None:
    approved, fact = a_transcript().approve(CASEWORKER, NOON, "d" * 64)

    for change in (
        lambda: corrected(approved, text="Annat."),
        lambda: approved.approve(CASEWORKER, NOON + timedelta(days=1), "e" * 64),
        lambda: approved.place_meeting(Meeting(NOON.date()), CASEWORKER, digest),
        lambda: approved.name_participants(approved.participants, CASEWORKER, digest),
    ):
        with pytest.raises(TranscriptAlreadyApproved):
            change()
    assert (fact.digest, fact.actor_id, fact.approved_at) == ("d" * 64, CASEWORKER.id, NOON)


def test_an_approval_counts_what_a_human_put_right() -> None:
    _, fact = corrected(a_transcript(), text="Annat.").approve(CASEWORKER, NOON, "d" * 64)

    assert (fact.utterances, fact.corrected_utterances) == (2, 1)


@pytest.mark.parametrize(("start", "end"), [(2.0, 1.0), (-1.0, 1.0), (float("nan"), 1.0), (0.0, float("inf"))])
def test_times_that_cannot_be_are_refused(start: float, end: float) -> None:
    with pytest.raises(TranscriptNotAcceptable):
        a_transcript(replace(an_utterance(), start=start, end=end)).imported(CASEWORKER)


def test_every_place_that_is_wrong_is_named() -> None:
    twice, stranger = an_utterance(1), an_utterance(2, speaker="K")

    with pytest.raises(TranscriptNotAcceptable) as refusal:
        a_transcript(twice, twice, stranger).imported(CASEWORKER)

    assert [each.pointer for each in refusal.value.errors] == [
        "/utterances/0/id",
        "/utterances/1/id",
        "/utterances/2/speaker",
    ]


@settings(max_examples=30)
@given(st.lists(st.tuples(st.sampled_from(["H", "I"]), st.text(min_size=1)), max_size=8))
def test_no_row_of_corrections_reaches_the_original(changes: list[tuple[str, str]]) -> None:
    transcript = a_transcript()

    for speaker, text in changes:
        transcript = corrected(transcript, text=text, speaker=speaker)

    originals = [(each.original_speaker, each.original_text) for each in transcript.utterances]
    assert originals == [(each.speaker, each.text) for each in a_transcript().utterances]
    assert transcript.revision == 1 + len(changes)

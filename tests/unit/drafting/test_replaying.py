# SPDX-License-Identifier: EUPL-1.2
"""A recorded proposal is made again: the same, or with what has changed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.drafting.domain.material import Material, Person
from services.drafting.domain.sentences import Origin
from services.drafting.ports import ProposedSentence
from services.drafting.usecases import replaying
from services.drafting.usecases.replaying import Replayed
from tests.unit.drafting.casework import EKHAMRA, MAJA, SAID, TRANSCRIPT, a_sentence
from tests.unit.drafting.memory import ScriptedWriter
from tests.unit.drafting.test_writing import Desk


class NoAppeal:
    def appeal(self, *_arguments: object) -> tuple[str, ...]:
        return ()


def replayed(desk: Desk, writer: ScriptedWriter | None = None) -> list[Replayed]:
    recorded = replaying.recorded_proposals("case-1", desk.cases, desk.sources)
    return [replaying.replay(each, EKHAMRA, writer or desk.writer, NoAppeal()) for each in recorded]  # type: ignore[arg-type] # only appeal is asked for


def a_desk_with_proposals() -> Desk:
    desk = Desk()
    for key in ("health", "d6"):
        desk.propose(key)
        before = desk.cases.get("case-1")
        text = before
        for sentence in before.section(key).sentences:
            if sentence.blocks_approval:
                edited = tuple(replace(each, checks=()) for each in text.section(key).sentences)
                text, _ = text.edit(key, edited, (), MAJA)
        text, happened = text.approve(key, TRANSCRIPT.added_at, MAJA)
        desk.cases.save(before, text, happened)
    desk.propose("assessment")
    return desk


def test_the_same_writer_on_the_same_sources_gives_the_same_bytes() -> None:
    found = replayed(a_desk_with_proposals())

    assert [(each.key, each.identical, each.causes) for each in found] == [
        ("health", True, ()),
        ("d6", True, ()),
        ("assessment", True, ()),
    ]


def test_a_humans_later_edit_does_not_disturb_the_replay() -> None:
    desk = a_desk_with_proposals()
    before = desk.cases.get("case-1")
    after, happened = before.edit("d6", (a_sentence("z1", "Helt annat.", origin=Origin.HUMAN),), (), MAJA)
    desk.cases.save(before, after, happened)

    assert all(each.identical for each in replayed(desk))


def test_a_source_that_is_added_later_does_not_disturb_the_replay() -> None:
    desk = a_desk_with_proposals()
    later = Material((replace(SAID, source_id="s2"),), (Person("I", "other", "Någon annan"),))
    desk.sources.add(replace(TRANSCRIPT, id="s2", material=later))

    assert all(each.identical for each in replayed(desk))


@pytest.mark.parametrize(
    ("writer", "causes"),
    [
        (ScriptedWriter(("ramlade",), edition="2"), ("prompt_changed", "writer_changed")),
        (ScriptedWriter(("ramlade",)), ("model_differs",)),
    ],
)
def test_other_words_are_explained_by_what_changed_in_the_writer(
    writer: ScriptedWriter, causes: tuple[str, ...]
) -> None:
    found = replayed(a_desk_with_proposals(), writer)

    assert {each.causes for each in found} == {causes}
    assert not any(each.identical for each in found)


def test_a_source_that_reads_otherwise_is_named_as_the_cause() -> None:
    desk = a_desk_with_proposals()
    tampered = replace(TRANSCRIPT.material.parts[0], text="Jag orkar dammsuga.")
    parts = (tampered, *TRANSCRIPT.material.parts[1:])
    desk.sources.kept = [replace(TRANSCRIPT, material=replace(TRANSCRIPT.material, parts=parts))]

    assert replayed(desk)[0].causes == ("source_changed",)


def test_a_writer_that_is_away_is_a_cause_and_no_failure() -> None:
    found = replayed(a_desk_with_proposals(), ScriptedWriter(away=True))

    assert {each.causes for each in found} == {("writer_away",)}
    assert not any(each.identical for each in found)


def test_what_was_replayed_is_announced_with_its_outcome() -> None:
    desk = a_desk_with_proposals()
    found = replayed(desk, ScriptedWriter(says={"d6": (ProposedSentence("Annat.", ()),)}))

    replaying.announce_replay("case-1", found, MAJA, desk.cases)

    announced = desk.cases.announced[-1]
    assert (announced.identical, announced.differing) == (2, 1)  # type: ignore[union-attr] # the last fact is this one

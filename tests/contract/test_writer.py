# SPDX-License-Identifier: EUPL-1.2
"""Every writer keeps the same promises: it cites what it was given, word for word, and keeps off what a human
handles.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest

from kernel.identity import TenantId
from services.drafting.adapters.extractive_writer import ExtractiveWriter
from services.drafting.adapters.mlflow_prompts import ShippedPrompts
from services.drafting.adapters.model_writer import Endpoint, ModelWriter
from services.drafting.domain.material import Application, Material, Part, SourceKind
from services.drafting.ports import Writer, WritingTask
from tests.contract.model_endpoint import ModelEndpoint, citing_every_source, serving
from tests.unit.drafting.meetings import TEMPLATE, TEXTS, a_meeting, section

MEETING = a_meeting("H: Hur går det med golven?", "A: Golven orkar jag inte dammsuga.", "K: Hon ramlade i trappan.")
LATE = Material(
    (
        Part(SourceKind.SECTION, "d6", "s1", "Aina orkar inte städa.", heading="Hemliv"),
        Part(SourceKind.SECTION, "d6", "s2", "Karl kan inte skotta snön.", heading="Hemliv"),
        Part(SourceKind.GUIDELINE, "g1", "p1", "Städning beviljas var tredje vecka.", heading="Städning"),
    )
)
APPLICATION = Application("Hjälp hemma.", date(2026, 10, 1), {"stad": "städning", "sno": "snöskottning"})
FACTS = WritingTask(TenantId("ekhamra"), TEMPLATE, section("d6"), "sv", APPLICATION, MEETING)
ASSESSMENT = replace(FACTS, section=section("assessment"), material=LATE, manual_supports=frozenset({"sno"}))


@pytest.fixture(params=["extractive", "model"])
def writer(request: pytest.FixtureRequest) -> Iterator[Writer]:
    extractive = ExtractiveWriter(TEXTS)
    if request.param == "extractive":
        yield extractive
        return
    with serving(ModelEndpoint(citing_every_source)) as endpoint:
        yield ModelWriter(Endpoint(endpoint.url, "m", timeout_seconds=20), ShippedPrompts(), TEXTS, extractive)


@pytest.mark.parametrize("task", [FACTS, ASSESSMENT])
def test_every_quote_stands_in_the_part_it_names(writer: Writer, task: WritingTask) -> None:
    written = writer.write(task)

    quotes = [quote for sentence in written.sentences for quote in sentence.quotes]
    assert quotes
    for kind, source_id, part_id, quote in quotes:
        part = task.material.part(SourceKind(kind), source_id, part_id)
        assert part is not None
        assert quote in part.text


def test_every_sentence_cites_something(writer: Writer) -> None:
    assert all(sentence.quotes for sentence in writer.write(FACTS).sentences)


def test_nothing_is_written_about_what_a_human_handles(writer: Writer) -> None:
    texts = [sentence.text for sentence in writer.write(ASSESSMENT).sentences]

    assert texts
    assert not [text for text in texts if "skotta" in text or "snö" in text.lower()]


def test_what_it_says_of_itself_stays_the_same(writer: Writer) -> None:
    identity = writer.identity(FACTS.tenant_id, TEMPLATE.key)

    assert writer.write(FACTS).writer == identity
    assert identity.kind in ("extractive", "model")
    assert identity.digest


def test_the_same_task_gives_the_same_text(writer: Writer) -> None:
    assert writer.write(FACTS) == writer.write(FACTS)


def test_nothing_to_write_about_is_said_plainly(writer: Writer) -> None:
    written = writer.write(replace(FACTS, material=Material()))

    assert written.sentences == ()
    assert written.problem == TEXTS.say("extract.nothing", "sv")

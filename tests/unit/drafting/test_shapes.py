# SPDX-License-Identifier: EUPL-1.2
"""What is kept as JSON comes back as it was."""

import json
from dataclasses import dataclass

from services.drafting.domain.case import Case
from services.drafting.domain.section import Section, StaleCause, StaleReason
from services.drafting.domain.sentences import Omission
from services.drafting.domain.templates import Template
from services.drafting.store.shapes import from_json, to_json
from tests.unit.drafting.casework import (
    MAJA,
    NOON,
    TEMPLATE,
    a_manifest,
    a_resolution,
    a_sentence,
    a_text,
)


def test_a_case_a_section_and_a_template_come_back_as_they_were() -> None:
    case = a_text().handle_manually(None, "Svår avvägning.", NOON, MAJA)[0].case
    sentence = a_sentence(resolution=a_resolution())
    section = Section(
        "case-1",
        "d6",
        sentences=(sentence,),
        omissions=(Omission(sentence.citations[0], "Saknas."),),
        stale_because=(StaleReason("health", StaleCause.EDITED, ("x1",)),),
        manifest=a_manifest(inputs=(("transcript/s1/u1", "abc"),), earlier={"health": 3}),
        approved_at=NOON,
    )

    assert from_json(Case, json.loads(json.dumps(to_json(case)))) == case
    assert from_json(Section, json.loads(json.dumps(to_json(section)))) == section
    assert from_json(Template, json.loads(json.dumps(to_json(TEMPLATE)))) == TEMPLATE


def test_a_field_that_an_older_version_did_not_write_takes_its_default() -> None:
    @dataclass(frozen=True)
    class Newer:
        kept: str
        added: int = 7

    assert from_json(Newer, {"kept": "ja", "gone": True}) == Newer("ja", 7)

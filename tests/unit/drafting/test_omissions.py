# SPDX-License-Identifier: EUPL-1.2
"""What was said, belongs under a heading, and is missing from it."""

from __future__ import annotations

from services.drafting.domain.omissions import find_omissions
from services.drafting.domain.sentences import Omission, Sentence
from tests.unit.drafting.meetings import TEMPLATE, TEXTS, a_meeting, a_sentence, citing, section

MEETING = a_meeting("A: Golven orkar jag inte dammsuga.", "A: Rollatorn använder jag alltid.", "H: Klarar du golven?")


def missing(*sentences: Sentence, key: str = "d6") -> tuple[Omission, ...]:
    return find_omissions(sentences, section(key), MEETING, template=TEMPLATE, language="sv", texts=TEXTS)


def test_what_no_sentence_cites_is_missing_with_its_speaker() -> None:
    (omission,) = missing()

    assert omission.part.part_id == "u1"
    assert "Aina Berggren" in omission.why


def test_what_a_sentence_cites_is_not_missing() -> None:
    assert missing(a_sentence("Aina orkar inte dammsuga.", *citing(MEETING, "u1"))) == ()


def test_a_heading_that_holds_no_facts_misses_nothing() -> None:
    assert missing(key="assessment") == ()

# SPDX-License-Identifier: EUPL-1.2
"""Of what a model answers only sane sentences that name known parts are kept."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.drafting.adapters.model_answer import LONGEST_SENTENCE, UnusableAnswer, answer_in, schema_for
from tests.unit.drafting.meetings import a_meeting

PARTS = {part.part_id: part for part in a_meeting("A: Golven orkar jag inte.", "K: Hon ramlade i mars.").parts}


def an_answer(*sentences: object) -> str:
    return json.dumps({"sentences": sentences}, ensure_ascii=False)


def test_a_sentence_with_known_parts_is_kept_with_its_quote() -> None:
    answer = answer_in(an_answer({"text": "Aina orkar inte golven.", "citations": ["u1"]}), PARTS)

    (sentence,) = answer.sentences
    assert sentence.quotes == (("transcript", "t1", "u1", "Golven orkar jag inte."),)
    assert sentence.said_by == "A"


@pytest.mark.parametrize(
    "sentence",
    [
        {"text": "Aina har tre hundar.", "citations": ["u99"]},
        {"text": "Aina har tre hundar.", "citations": []},
        {"text": "   ", "citations": ["u1"]},
        {"text": "…", "citations": ["u1"]},
        {"text": "a" * (LONGEST_SENTENCE + 1), "citations": ["u1"]},
        {"text": 7, "citations": ["u1"]},
        {"text": "Aina orkar inte.", "citations": "u1"},
        {"citations": ["u1"]},
        "Aina orkar inte.",
        None,
    ],
)
def test_an_unusable_sentence_is_dropped_and_counted(sentence: object) -> None:
    answer = answer_in(an_answer(sentence, {"text": "Hon ramlade i mars.", "citations": ["u2"]}), PARTS)

    assert [each.text for each in answer.sentences] == ["Hon ramlade i mars."]
    assert answer.dropped == 1


def test_unknown_ids_beside_a_known_one_are_left_out() -> None:
    (sentence,) = answer_in(an_answer({"text": "Hon ramlade.", "citations": ["x", "u2", 3]}), PARTS).sentences

    assert [quote[2] for quote in sentence.quotes] == ["u2"]


def test_a_repeated_sentence_is_kept_once() -> None:
    told = {"text": "Hon ramlade i mars.", "citations": ["u2"]}

    assert len(answer_in(an_answer(told, told), PARTS).sentences) == 1


def test_control_and_invisible_characters_are_taken_out() -> None:
    (sentence,) = answer_in(
        an_answer({"text": "Hon\x00 ramlade\u200b\n i mars.", "citations": ["u2"]}), PARTS
    ).sentences

    assert sentence.text == "Hon ramlade i mars."


def test_json_in_a_code_fence_is_read() -> None:
    said = an_answer({"text": "Hon ramlade i mars.", "citations": ["u2"]})

    assert answer_in(f"Här kommer svaret:\n```json\n{said}\n```", PARTS).sentences


@pytest.mark.parametrize("said", ["", "Jag förstår inte.", '{"sentences": [', '{"text": "x"}', "[]", "{" * 5000])
def test_what_is_not_the_json_asked_for_is_unusable(said: str) -> None:
    with pytest.raises(UnusableAnswer):
        answer_in(said, PARTS)


@given(st.text())
def test_no_answer_breaks_the_reading(said: str) -> None:
    try:
        answer_in(said, PARTS)
    except UnusableAnswer:
        return


def test_the_schema_allows_known_parts_only() -> None:
    schema = schema_for(["u1", "u2"])["json_schema"]["schema"]

    assert schema["properties"]["sentences"]["items"]["properties"]["citations"]["items"]["enum"] == ["u1", "u2"]

# SPDX-License-Identifier: EUPL-1.2
"""What a language model answered, which nobody trusts: only sentences of a sane length that name known parts are
kept.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.drafting.domain.checks import quote_for
from services.drafting.domain.material import Part
from services.drafting.ports import ProposedSentence

LONGEST_ANSWER, LONGEST_SENTENCE, MOST_SENTENCES, MOST_CITATIONS = 200_000, 600, 60, 12


class UnusableAnswer(Exception):
    """Not the JSON that was asked for."""


@dataclass(frozen=True)
class Answer:
    """`dropped` counts what was said and not kept: empty, over-long, repeated, or resting on nothing that is known."""

    sentences: tuple[ProposedSentence, ...]
    dropped: int


def schema_for(part_ids: Sequence[str]) -> dict[str, Any]:
    """The shape that is asked for. The enum lets a model that keeps to it name known parts only."""
    citations = {"type": "array", "items": {"type": "string", "enum": list(part_ids)}, "minItems": 1}
    sentence = {
        "type": "object",
        "properties": {"text": {"type": "string"}, "citations": citations},
        "required": ["text", "citations"],
        "additionalProperties": False,
    }
    schema = {
        "type": "object",
        "properties": {"sentences": {"type": "array", "items": sentence}},
        "required": ["sentences"],
        "additionalProperties": False,
    }
    return {"type": "json_schema", "json_schema": {"name": "heading", "strict": True, "schema": schema}}


def answer_in(text: str, parts: Mapping[str, Part]) -> Answer:
    """`parts` maps the ids that the model was given. Raise `UnusableAnswer` when there is no list of sentences in
    it.
    """
    said = _listed(text)
    kept: dict[str, ProposedSentence] = {}
    for each in said[:MOST_SENTENCES]:
        sentence = _sentence(each, parts)
        if sentence is not None:
            kept.setdefault(sentence.text, sentence)
    return Answer(tuple(kept.values()), len(said) - len(kept))


def _listed(text: str) -> list[Any]:
    if len(text) > LONGEST_ANSWER:
        raise UnusableAnswer("the answer is too long")
    found = re.search(r"\{.*\}", text, re.DOTALL)
    try:
        content = json.loads(found[0]) if found else None
    except (ValueError, RecursionError) as problem:
        raise UnusableAnswer("the answer is not JSON") from problem
    said = content.get("sentences") if isinstance(content, dict) else None
    if not isinstance(said, list):
        raise UnusableAnswer("the answer has no list of sentences")
    return said


def _sentence(said: Any, parts: Mapping[str, Part]) -> ProposedSentence | None:
    text, cited = (said.get("text"), said.get("citations")) if isinstance(said, dict) else (None, None)
    if not isinstance(text, str) or not isinstance(cited, list):
        return None
    plain = _plain(text)
    known = [parts[each] for each in dict.fromkeys(c for c in cited if isinstance(c, str)) if each in parts]
    if not known or len(plain) > LONGEST_SENTENCE or not re.search(r"\w", plain):
        return None
    quotes = [(p.source.value, p.source_id, p.part_id, quote_for(plain, p)) for p in known[:MOST_CITATIONS]]
    speakers = {part.speaker for part in known}
    return ProposedSentence(plain, tuple(quotes), speakers.pop() if len(speakers) == 1 else "")


def _plain(text: str) -> str:
    """On one line, without control and invisible characters."""
    visible = (" " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c)[0] != "C")
    return re.sub(r" +", " ", "".join(visible)).strip()

# SPDX-License-Identifier: EUPL-1.2
"""What stands between quotation marks was said word for word; and which words of a part carry a sentence."""

from __future__ import annotations

import re

from services.drafting.domain.checks.claim import Claim
from services.drafting.domain.language.reading import QUOTED, read, sentences_of
from services.drafting.domain.language.words import is_known_as
from services.drafting.domain.material import Part
from services.drafting.domain.sentences import Check, CheckKind, Verdict

# A sentence of the part belongs to the quote when it shares at least this much of what the best one shares.
SHARE_OF_BEST = 0.5


def check_quotation(claim: Claim) -> Check | None:
    """Also the quotes that the citations themselves carry must be found in the parts."""
    said = [_plain(part.text) for part in claim.parts]
    quoted = [text for _, _, text in claim.reading.quotations]
    lost = [text for text in quoted if not any(_plain(text) in part for part in said)]
    for citation in claim.citations:
        part = claim.material.part(citation.source, citation.source_id, citation.part_id)
        if part is not None and citation.quote and citation.quote not in part.text:
            lost.append(citation.quote)
    if lost:
        return claim.verdict(CheckKind.QUOTATION, Verdict.FAIL, "quotation.fail", quote=lost[0])
    return claim.verdict(CheckKind.QUOTATION, Verdict.OK, "quotation.ok") if quoted else None


def quote_for(text: str, part: Part, language: str = "sv") -> str:
    """The piece of the part, word for word, that carries the sentence: what it quotes, else the sentences that share
    its words. The whole part when nothing is shared, so never empty for a part that has text.
    """
    quoted = [(part.text.find(words), words) for found in QUOTED.finditer(text) for words in found.groups() if words]
    found = [(at, at + len(words)) for at, words in quoted if at >= 0 and words.strip()]
    if not found:
        found = _sharing_sentences(text, part, language)
    if not found:
        return part.text
    return part.text[min(start for start, _ in found) : max(end for _, end in found)].strip() or part.text


def _sharing_sentences(text: str, part: Part, language: str) -> list[tuple[int, int]]:
    stems = read(text, language).every_stem
    spans = sentences_of(part.text, language)
    shared = [
        sum(is_known_as(stems, each) for each in read(part.text[start:end], language).every_stem)
        for start, end in spans
    ]
    best = max(shared, default=0)
    return [span for span, count in zip(spans, shared, strict=True) if best and count >= best * SHARE_OF_BEST]


def _plain(text: str) -> str:
    """Without differences of white space and of the shape of quotation marks, and without a closing full stop."""
    return re.sub(r"\s+", " ", re.sub(r"[“”„»«]", '"', text)).strip().rstrip(".").strip()

# SPDX-License-Identifier: EUPL-1.2
"""What a sentence gives as somebody's word was said by that person."""

from __future__ import annotations

from services.drafting.domain.checks.claim import Claim, words_of_name
from services.drafting.domain.language.attribution import Attribution
from services.drafting.domain.material import Part, SourceKind
from services.drafting.domain.sentences import Check, CheckKind, Verdict


def check_speaker(claim: Claim) -> Check | None:
    if not claim.attributions:
        return None
    for each in claim.attributions:
        if not any(_is_by(claim, each, part) for part in _parts_given(claim, each)):
            said_by = ", ".join(person.name or person.speaker for person in claim.speakers)
            key = "speaker.fail" if said_by else "speaker.unknown"
            return claim.verdict(CheckKind.SPEAKER, Verdict.FAIL, key, named=each.named, speakers=said_by)
    return claim.verdict(CheckKind.SPEAKER, Verdict.OK, "speaker.ok")


def _parts_given(claim: Claim, attribution: Attribution) -> tuple[Part, ...]:
    """The cited parts that hold what is quoted after the attribution, or all of them when nothing is quoted."""
    later = [each.start for each in claim.attributions if each.start > attribution.start]
    until = min(later, default=len(claim.text))
    quoted = [text for start, _, text in claim.reading.quotations if attribution.end <= start < until]
    holding = tuple(part for part in claim.parts if any(text in part.text for text in quoted))
    return holding or claim.parts


def _is_by(claim: Claim, attribution: Attribution, part: Part) -> bool:
    named = words_of_name(attribution.named, claim.language)
    lexicon, person = claim.reading.lexicon, claim.material.person(part.speaker)
    if part.source in (SourceKind.SECTION, SourceKind.NOTE) and attribution.named.lower() in part.text.lower():
        return True
    if role := lexicon.speakers.get(attribution.named.lower()):
        return person is None or person.role == role or attribution.named.lower() in part.text.lower()
    if person is not None and person.name:
        return bool(named) and named <= words_of_name(person.name, claim.language)
    return attribution.named == part.speaker

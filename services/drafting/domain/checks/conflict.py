# SPDX-License-Identifier: EUPL-1.2
"""Whether somebody else at the meeting said otherwise about what a sentence tells."""

from __future__ import annotations

from services.drafting.domain.checks.claim import Claim
from services.drafting.domain.conflicts import Conflict, conflicts_in
from services.drafting.domain.dialogue import Quote
from services.drafting.domain.language.reading import read
from services.drafting.domain.material import Part
from services.drafting.domain.sentences import Check, CheckKind, Verdict


def check_conflict(claim: Claim) -> Check | None:
    """A remark about the sources, which says nothing against the sentence: it names both sides."""
    for conflict in conflicts_in(claim.material, claim.language):
        if any(_concerns(claim, conflict, part) for part in claim.parts):
            sides = {"one": _who(claim, conflict.one), "other": _who(claim, conflict.other)}
            said = {"one_said": conflict.one.text, "other_said": conflict.other.text}
            return claim.verdict(CheckKind.CONFLICT, Verdict.WARNING, "conflict.warning", **sides, **said)
    return None


def _concerns(claim: Claim, conflict: Conflict, part: Part) -> bool:
    """Whether the sentence tells something of the side that stands in the part it cites."""
    if not conflict.touches(part):
        return False
    side = conflict.one if part == conflict.one.part else conflict.other
    reading = read(side.text, claim.language)
    return bool(reading.stems & claim.reading.every_stem or reading.counts & claim.reading.counts) or not reading.stems


def _who(claim: Claim, quote: Quote) -> str:
    person = claim.material.person(quote.part.speaker)
    return (person.name if person else "") or quote.part.speaker

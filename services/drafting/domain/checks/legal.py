# SPDX-License-Identifier: EUPL-1.2
"""A paragraph that a sentence names was in force on the day that counts."""

from __future__ import annotations

from datetime import date
from typing import Protocol

from services.drafting.domain.checks.claim import Claim
from services.drafting.domain.sentences import Check, CheckKind, Verdict


class LegalFinding(Protocol):
    def message(self, language: str) -> str:
        """What is wrong with the reference and which paragraph is in force instead."""


class LawBook(Protocol):
    def check_reference(self, text: str, on: date) -> LegalFinding | None:
        """The first reference in the text that was not in force on the day, or nothing."""


def check_legal_reference(claim: Claim, law: LawBook | None, on: date) -> Check | None:
    if law is None or "§" not in claim.text:
        return None
    if finding := law.check_reference(claim.text, on):
        return Check(CheckKind.LEGAL_REFERENCE, Verdict.FAIL, finding.message(claim.language))
    return claim.verdict(CheckKind.LEGAL_REFERENCE, Verdict.OK, "legal_reference.ok")

# SPDX-License-Identifier: EUPL-1.2
"""Whether a sentence says what its sources say. Every check is a pure function of the sentence and the cited parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from services.drafting.domain.checks.claim import Claim
from services.drafting.domain.checks.conflict import check_conflict
from services.drafting.domain.checks.legal import LawBook, check_legal_reference
from services.drafting.domain.checks.names import check_names
from services.drafting.domain.checks.negation import check_negation
from services.drafting.domain.checks.numbers import check_dates, check_numbers
from services.drafting.domain.checks.quotation import check_quotation, quote_for
from services.drafting.domain.checks.speaker import check_speaker
from services.drafting.domain.checks.support import check_support
from services.drafting.domain.material import Material
from services.drafting.domain.sentences import Check, Citation
from services.drafting.domain.wording import Texts

__all__ = ["Claim", "LawBook", "examine", "quote_for"]

# In the order that a caseworker reads them: whether there is a source at all, then what differs from it.
CHECKS: tuple[Callable[[Claim], Check | None], ...] = (
    check_support,
    check_quotation,
    check_speaker,
    check_negation,
    check_numbers,
    check_dates,
    check_names,
    check_conflict,
)


def examine(
    text: str,
    citations: Sequence[Citation],
    material: Material,
    *,
    language: str,
    texts: Texts,
    law: LawBook | None,
    on: date,
) -> tuple[Check, ...]:
    """Every check that has something to look at, with its verdict. A sentence that cites nothing known fails `support`,
    and nothing else can be said of it but whether the law it names is in force on the day.
    """
    claim = Claim(text, tuple(citations), material, language, texts)
    kinds = CHECKS if claim.parts else (check_support,)
    checks = [check(claim) for check in kinds]
    checks.append(check_legal_reference(claim, law, on))
    return tuple(each for each in checks if each is not None)

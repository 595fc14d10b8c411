# SPDX-License-Identifier: EUPL-1.2
"""A sentence of a case text: where its words come from, what it rests on and what the checks said of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.drafting.domain.material import SourceKind


class Origin(StrEnum):
    MACHINE = "machine"
    MACHINE_EDITED = "machine_edited"
    HUMAN = "human"


class CheckKind(StrEnum):
    NUMBERS = "numbers"
    DATES = "dates"
    NAMES = "names"
    NEGATION = "negation"
    SPEAKER = "speaker"
    QUOTATION = "quotation"
    SUPPORT = "support"
    LEGAL_REFERENCE = "legal_reference"
    CONFLICT = "conflict"


class Verdict(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAIL = "fail"


@dataclass(frozen=True)
class Check:
    """`detail` is a plain sentence in the case's language that tells a caseworker what to look at."""

    check: CheckKind
    verdict: Verdict
    detail: str = ""


@dataclass(frozen=True)
class Citation:
    """`quote` occurs verbatim in the cited part."""

    source: SourceKind
    source_id: str
    part_id: str
    quote: str


@dataclass(frozen=True)
class Resolution:
    """A human answers for a sentence that the sources do not support."""

    reason: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Sentence:
    id: str
    text: str
    origin: Origin
    citations: tuple[Citation, ...] = ()
    said_by: str = ""
    checks: tuple[Check, ...] = ()
    resolution: Resolution | None = None

    @property
    def supported(self) -> bool:
        """No check failed. A sentence that cites nothing fails the check `support`."""
        return all(check.verdict is not Verdict.FAIL for check in self.checks)

    @property
    def blocks_approval(self) -> bool:
        return not self.supported and self.resolution is None


@dataclass(frozen=True)
class Omission:
    """Something that was said, belongs under the heading and is missing from its text."""

    part: Citation
    why: str

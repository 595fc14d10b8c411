# SPDX-License-Identifier: EUPL-1.2
"""What is applied for, and what of it a human handles without the machine."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class HandOver:
    """A caseworker has taken something from the machine, and said why."""

    reason: str
    by: str
    at: datetime


@dataclass(frozen=True)
class RequestedSupport:
    """One thing that is applied for. `label` is the applicant's or the municipality's word for it."""

    key: str
    label: str
    handed_over: HandOver | None = None

    @property
    def handling(self) -> str:
        return "manual" if self.handed_over else "assisted"

    @property
    def is_manual(self) -> bool:
        return self.handed_over is not None

# SPDX-License-Identifier: EUPL-1.2
"""The decision: made by a human, on every support, after the party has been told what it rests on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from kernel.errors import Conflict, FieldError, Unacceptable
from services.drafting.domain.handling import RequestedSupport


class RefusalIsManual(Conflict):
    """What is refused, wholly or in part, must have been handled by a human alone, from before the decision."""


class NotCommunicated(Conflict):
    """The party must have been told what the decision rests on and had time to answer (FL 25 §, forvaltningsloven
    § 19).
    """


class LegalReference(Unacceptable):
    """A paragraph named as ground was not in force on the day of the decision."""


class How(StrEnum):
    LETTER = "letter"
    MEETING = "meeting"
    PHONE = "phone"
    E_SERVICE = "e-service"


@dataclass(frozen=True)
class Communication:
    """The party has been told what the decision will rest on. `reply` is what came back, in the party's words."""

    id: str
    communicated_at: datetime
    how: How
    reply_by: date
    reply: str
    recorded_by: str


class OutcomeKind(StrEnum):
    GRANTED = "granted"
    PARTLY_GRANTED = "partly_granted"
    REFUSED = "refused"


@dataclass(frozen=True)
class Period:
    """From and with the first day to and with the last. Without a last day it runs until further notice."""

    first: date
    last: date | None = None


@dataclass(frozen=True)
class Outcome:
    support: str
    outcome: OutcomeKind
    legal_basis: str
    period: Period | None = None


@dataclass(frozen=True)
class Decision:
    """`decided_by` is whoever decided, as the municipality names them; `recorded_by` is the user who wrote it down."""

    id: str
    outcomes: tuple[Outcome, ...]
    decided_by: str
    decided_at: datetime
    recorded_by: str
    recorded_at: datetime


def refuse_wrong_supports(outcomes: Sequence[Outcome], supports: Collection[RequestedSupport]) -> None:
    """Raise `Unacceptable` unless there is exactly one outcome for each support that was applied for."""
    known = {each.key for each in supports}
    times = Counter(each.support for each in outcomes)
    wrong = [
        FieldError(
            f"/outcomes/{at}/requested_support",
            "not applied for" if each.support not in known else "named twice",
        )
        for at, each in enumerate(outcomes)
        if each.support not in known or times[each.support] > 1
    ]
    wrong += [FieldError("/outcomes", f"no outcome for {key}") for key in sorted(known - times.keys())]
    if wrong:
        raise Unacceptable(
            "a decision has one outcome for each support that was applied for",
            errors=wrong,
        )


def refuse_refusals_by_machine(outcomes: Sequence[Outcome], supports: Collection[RequestedSupport]) -> None:
    """Raise `RefusalIsManual` naming the supports that are not wholly granted although the machine has had a part."""
    manual = {each.key for each in supports if each.is_manual}
    unfair = [
        each.support for each in outcomes if each.outcome is not OutcomeKind.GRANTED and each.support not in manual
    ]
    if unfair:
        raise RefusalIsManual(
            "choose manual handling for these supports first, and write about them without the machine",
            requested_supports=unfair,
        )

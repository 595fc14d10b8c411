# SPDX-License-Identifier: EUPL-1.2
"""A guideline, its versions and the days they are in force.

A version is never changed, only closed: what was decided on a day can be read as it stood on that day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from kernel.errors import Conflict, FieldError, Unacceptable

EARLIEST = date(1800, 1, 1)
LATEST = date(2200, 1, 1)


class Level(StrEnum):
    """Who decided the text."""

    LAW = "law"
    NATIONAL = "national"
    LOCAL = "local"


class State(StrEnum):
    """Whether the text can be searched yet. It can be read and cited in every state."""

    INDEXING = "indexing"
    READY = "ready"
    FAILED = "failed"


class InvalidValidity(Unacceptable):
    """The days are in the wrong order, or no guideline can be meant by them."""


class VersionNotLater(Conflict):
    """A new version begins after the one it follows. To mend the past would change what a decision rested on."""


class DuplicateKeys(Unacceptable):
    """Two passages of one version carry the same key, so that a citation by key would be ambiguous."""


class EmptyGuideline(Unacceptable):
    """There is no text to search."""


@dataclass(frozen=True)
class Validity:
    """The days on which a text is in force, both included. Without `until`: for now on."""

    since: date
    until: date | None = None

    @classmethod
    def of(cls, since: date, until: date | None) -> Validity:
        """Raise `InvalidValidity` for days in the wrong order or out of reach."""
        for field, day in (("valid_from", since), ("valid_to", until)):
            if day is not None and not EARLIEST <= day <= LATEST:
                wrong = FieldError(f"/{field}", f"must be from {EARLIEST} to {LATEST}")
                raise InvalidValidity(f"{field} is out of range", errors=[wrong])
        if until is not None and until < since:
            wrong = FieldError("/valid_to", "must not be before valid_from")
            raise InvalidValidity("valid_to is before valid_from", errors=[wrong])
        return cls(since, until)

    def holds(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day <= self.until)

    def ended_by(self, successor: date) -> Validity:
        """In force until the day before, at the longest."""
        last = successor - timedelta(days=1)
        return replace(self, until=last if self.until is None else min(self.until, last))


@dataclass(frozen=True)
class Cut:
    """A piece of text on its way to become a passage. `anchor` says where a reader finds it again."""

    heading: str
    text: str
    anchor: str
    key: str | None = None


@dataclass(frozen=True)
class Passage:
    """A piece of one version, small enough to cite. The text is the guideline's own, to the letter."""

    id: str
    ordinal: int
    heading: str
    text: str
    anchor: str
    key: str | None = None


@dataclass(frozen=True)
class Guideline:
    id: str
    level: Level
    language: str


@dataclass(frozen=True)
class Version:
    """One edition of a guideline."""

    id: str
    guideline: Guideline
    number: int
    title: str
    reference: str | None
    validity: Validity
    state: State
    passages: int
    digest: str
    published_at: datetime
    published_by: str


@dataclass(frozen=True)
class Placed:
    """A passage together with the version it stands in: what a citation needs."""

    passage: Passage
    version: Version


@dataclass(frozen=True)
class GuidelinePublished:
    version: Version
    actor_role: str


@dataclass(frozen=True)
class GuidelineSuperseded:
    version: Version
    successor: Version
    actor_role: str


@dataclass(frozen=True)
class QuestionAnswered:
    """Somebody asked the guidelines. The question itself is not in here, only a digest under the tenant's key."""

    question_id: str
    question_digest: str
    asked_by: str
    actor_role: str
    as_of: date
    because: str | None
    cited: tuple[str, ...]
    asked_at: datetime


Fact = GuidelinePublished | GuidelineSuperseded | QuestionAnswered


def superseded(earlier: Version, since: date) -> Version:
    """The earlier version, closed the day before its successor begins. Raise `VersionNotLater` when it begins later."""
    if since <= earlier.validity.since:
        raise VersionNotLater(
            f"version {earlier.number} is in force from {earlier.validity.since}; a new one must begin after that day",
            earlier_valid_from=earlier.validity.since.isoformat(),
        )
    return replace(earlier, validity=earlier.validity.ended_by(since))


def check_cuts(cuts: Sequence[Cut]) -> None:
    """Raise `EmptyGuideline` or `DuplicateKeys` when these cannot become the passages of one version."""
    if not cuts:
        raise EmptyGuideline("the guideline holds no text")
    first: dict[str, int] = {}
    for place, cut in enumerate(cuts):
        if cut.key is not None:
            first.setdefault(cut.key, place)
    twice = [
        FieldError(f"/passages/{place}/key", "is used by an earlier passage")
        for place, cut in enumerate(cuts)
        if cut.key is not None and first[cut.key] != place
    ]
    if twice:
        raise DuplicateKeys("two passages have the same key", errors=twice)


def digest_of(passages: Sequence[Passage | Cut]) -> str:
    """SHA-256 over headings and texts in order: two versions with the same digest say the same."""
    told = sha256()
    for each in passages:
        for part in (each.heading, each.text):
            encoded = part.encode()
            told.update(len(encoded).to_bytes(8, "big") + encoded)
    return told.hexdigest()

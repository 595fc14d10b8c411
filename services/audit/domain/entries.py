# SPDX-License-Identifier: EUPL-1.2
"""What an entry of the log holds: what happened, to which case, by whom; never a client's name and never a text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from services.audit.domain.tree import leaf_hash

Json = None | bool | int | str | Sequence["Json"] | Mapping[str, "Json"]
Document = Mapping[str, Json]
Canonical = Callable[[Document], bytes]
"""RFC 8785: the one way of writing a JSON document as bytes."""

LONGEST_ENTRY_BYTES = 0xFFFF
"""A bundle of entries gives each one's length in two bytes (C2SP tlog-tiles)."""

LONGEST_NAME = 200
"""So many characters of an id are kept where an event is too large, and a case can be looked up by no longer one."""


@dataclass(frozen=True)
class Actor:
    """Who did it: a member of staff by user name, or a service."""

    id: str
    role: str


@dataclass(frozen=True)
class Happening:
    """One event of some service, as the log keeps it. `payload_digest` is SHA-256 over the event as it was sent."""

    event_id: str
    type: str
    occurred_at: datetime
    actor: Actor
    subject: str
    payload_digest: str
    case_id: str = ""
    digests: Document = field(default_factory=dict)
    details: Document = field(default_factory=dict)

    def cut_to_fit(self) -> Happening:
        """What is kept of an event that is too large for an entry: that it happened, and the digest of the whole."""
        return replace(
            self,
            type=self.type[:LONGEST_NAME],
            actor=Actor(self.actor.id[:LONGEST_NAME], self.actor.role[:LONGEST_NAME]),
            subject=self.subject[:LONGEST_NAME],
            case_id=self.case_id[:LONGEST_NAME],
            digests={"payload": self.payload_digest},
            details={"left_out": "too large"},
        )


@dataclass(frozen=True)
class Entry:
    """A line of the log: the bytes that are hashed, and what they are looked up by."""

    index: int
    event_id: str
    case_id: str
    content: bytes

    @property
    def leaf(self) -> bytes:
        return leaf_hash(self.content)

    @classmethod
    def of(cls, happening: Happening, index: int, recorded_at: datetime, canonical: Canonical) -> Entry:
        content = canonical(document(happening, index, recorded_at))
        if len(content) > LONGEST_ENTRY_BYTES:
            content = canonical(document(happening.cut_to_fit(), index, recorded_at))
        return cls(index, happening.event_id, happening.case_id, content)


def document(happening: Happening, index: int, recorded_at: datetime) -> Document:
    about_case = {"case_id": happening.case_id} if happening.case_id else {}
    return {
        "index": index,
        "recorded_at": timestamp(recorded_at),
        "occurred_at": timestamp(happening.occurred_at),
        "event_id": happening.event_id,
        "type": happening.type,
        **about_case,
        "actor": {"id": happening.actor.id, "role": happening.actor.role},
        "subject": happening.subject,
        "digests": happening.digests,
        "details": happening.details,
    }


def timestamp(at: datetime) -> str:
    """RFC 3339 in UTC, to the millisecond."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

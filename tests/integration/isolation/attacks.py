# SPDX-License-Identifier: EUPL-1.2
"""The list of attacks on the walls between municipalities, with what became of each.

A test attacks within `attack(name)` and counts its tries. What was promised and did not hold is an error of the test;
the table at the end of the run says so too. `docs/reliability.md` holds the same names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum


class Where(StrEnum):
    """On a running platform, or at the edge of a part of it."""

    PLATFORM = "platform"
    EDGE = "edge"


ATTACKS: dict[str, Where] = {
    "Every route with an id of another municipality": Where.PLATFORM,
    "An own id with a part of another municipality's": Where.PLATFORM,
    "Ids of another municipality in a body": Where.PLATFORM,
    "Listings, pages and cursors": Where.PLATFORM,
    "Searches and questions in another municipality's words": Where.PLATFORM,
    "Idempotency-Key of another municipality": Where.PLATFORM,
    "If-Match and headers that name another municipality": Where.PLATFORM,
    "Audit log, statement, proofs and export": Where.PLATFORM,
    "A municipality's own template": Where.PLATFORM,
    "Tokens changed by their bearer": Where.PLATFORM,
    "Canaries in logs, metrics, spans, refusals, events and files": Where.PLATFORM,
    "Canaries in the other municipality's rows": Where.PLATFORM,
    "Forged signatures and algorithms": Where.EDGE,
    "Untimely tokens": Where.EDGE,
    "Tokens of another issuer, audience or municipality": Where.EDGE,
    "Headers that bring their own key": Where.EDGE,
    "Roles that nobody gave": Where.EDGE,
    "Claims of the wrong shape": Where.EDGE,
    "No tenant set, or none that there is": Where.EDGE,
    "Reading rows of another tenant": Where.EDGE,
    "Writing rows of another tenant": Where.EDGE,
    "Existence told by keys and errors": Where.EDGE,
    "Rights of the four roles": Where.EDGE,
    "Statements that would lift the policies": Where.EDGE,
    "Files, programs and other databases": Where.EDGE,
    "Statistics and other sessions": Where.EDGE,
    "Prepared statements under another tenant": Where.EDGE,
    "Pooled connections after every kind of end": Where.EDGE,
    "Events that name another tenant, handed over": Where.EDGE,
    "Events that name another tenant, through Kafka": Where.EDGE,
    "Passages of another tenant in Weaviate": Where.EDGE,
}


@dataclass
class Tries:
    """How often an attack was tried, and whether what was promised held each time."""

    count: int = 0
    held: bool = True

    def tried(self, times: int = 1) -> None:
        self.count += times


@dataclass
class Tally:
    made: dict[str, Tries] = field(default_factory=dict)

    def table(self, where: Where) -> Iterable[str]:
        """The attacks of one kind in the order of the list; one that was not made in this run says so."""
        width = max(map(len, ATTACKS))
        for name in (each for each, place in ATTACKS.items() if place is where):
            tries = self.made.get(name)
            outcome = "not made in this run" if tries is None else "withstood" if tries.held else "SUCCEEDED"
            yield f"{name:<{width}}  {tries.count if tries else 0:>6}  {outcome}"


TALLY = Tally()


@contextmanager
def attack(name: str) -> Iterator[Tries]:
    """Count what the block tries. An exception means that the attack succeeded, or could not be made."""
    assert name in ATTACKS, f"add {name!r} to the list, and to docs/reliability.md"
    tries = TALLY.made.setdefault(name, Tries())
    try:
        yield tries
    except BaseException:
        tries.held = False
        raise

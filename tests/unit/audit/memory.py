# SPDX-License-Identifier: EUPL-1.2
"""A log and a signer in memory. `tests/contract/test_audit_log.py` holds the log to what the real one does."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.audit import usecases
from services.audit.domain import Actor, Checkpoint, Entry, Happening, Hashes, Json, KeyOutOfPlace, Tile, Tree

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ORIGIN = "log.example/audit/ekhamra"


def a_happening(number: int = 0, *, case_id: str = "", details: Mapping[str, Json] | None = None) -> Happening:
    """Something that happened, different for each number."""
    return Happening(
        event_id=f"event-{number}",
        type="underlag.drafting.v1.SectionApproved",
        occurred_at=NOON,
        actor=Actor("caseworker@ekhamra", "caseworker"),
        subject=f"subject-{number}",
        payload_digest="0" * 64,
        case_id=case_id,
        details=details or {},
    )


@dataclass
class MemoryLog:
    kept: list[Entry] = field(default_factory=list)
    grown: Tree = field(default_factory=Tree)
    key: bytes | None = None

    def tree(self) -> Tree:
        return self.grown

    def hold(self) -> Tree:
        return self.grown

    def recorded(self, event_ids: Collection[str]) -> set[str]:
        return {each.event_id for each in self.kept} & set(event_ids)

    def append(self, entries: Sequence[Entry], grown: Tree) -> None:
        self.kept += entries
        self.grown = grown

    def contents(self, start: int, end: int) -> list[bytes]:
        return [each.content for each in self.kept[start:end]]

    def about(self, case_id: str | None, after: int, limit: int) -> list[bytes]:
        found = [each.content for each in self.kept[after + 1 :] if case_id in (None, each.case_id)]
        return found[:limit]

    def hashes(self, widths: Mapping[Tile, int]) -> dict[Tile, Hashes]:
        return {tile: self._row(tile.level)[tile.number * 256 :][:width] for tile, width in widths.items()}

    def registered_key(self) -> bytes | None:
        return self.key

    def register_key(self, public_key: bytes) -> None:
        if self.key not in (None, public_key):
            raise KeyOutOfPlace("another key")
        self.key = public_key

    def _row(self, level: int) -> list[bytes]:
        """All hashes of a level of tiles: the roots over every 256 of the level below."""
        row = [each.leaf for each in self.kept]
        for _ in range(level):
            whole = range(0, len(row) - 255, 256)
            row = [_grown_over(row[start : start + 256]).root for start in whole]
        return row


def _grown_over(leaves: Sequence[bytes]) -> Tree:
    tree = Tree()
    for leaf in leaves:
        tree = tree.grown(leaf)
    return tree


def a_log(size: int) -> MemoryLog:
    log = MemoryLog()
    usecases.record([a_happening(number) for number in range(size)], log, rfc8785.dumps, NOON)
    return log


@dataclass
class MemorySigner:
    private: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    last: Checkpoint | None = None

    def public_key(self, *, is_new: bool) -> bytes:
        assert is_new in (True, False)
        return self.private.public_key().public_bytes_raw()

    def last_signed(self) -> Checkpoint | None:
        return self.last

    def sign(self, checkpoint: Checkpoint) -> bytes:
        self.last = checkpoint
        return self.private.sign(checkpoint.text.encode())

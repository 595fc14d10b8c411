# SPDX-License-Identifier: EUPL-1.2
"""What audit needs from outside: where a tenant's log is kept, and who signs for it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from kernel.identity import TenantId
from services.audit.domain import Checkpoint, Entry, Hashes, Tile, Tree


class Log(Protocol):
    """The log of one tenant, within one transaction. What has been appended never changes and never goes."""

    def tree(self) -> Tree:
        """The tree over all committed entries; the empty tree when nothing has been recorded yet."""

    def hold(self) -> Tree:
        """The same, and nobody else appends until the transaction ends."""

    def recorded(self, event_ids: Collection[str]) -> set[str]:
        """Those of the events that have an entry already."""

    def append(self, entries: Sequence[Entry], grown: Tree) -> None:
        """Keep the entries that follow the last one, and the tree with them. Wants `hold` first."""

    def contents(self, start: int, end: int) -> list[bytes]:
        """The entries from `start` up to, not including, `end`, as they were hashed; fewer when the log ends before."""

    def about(self, case_id: str | None, after: int, limit: int) -> list[bytes]:
        """Up to `limit` entries whose index is above `after`, of one case or of all, oldest first."""

    def hashes(self, widths: Mapping[Tile, int]) -> dict[Tile, Hashes]:
        """The first so many hashes of each tile; the caller asks for no more than the tree has."""

    def registered_key(self) -> bytes | None:
        """The public key that this log is signed with, once it has one."""

    def register_key(self, public_key: bytes) -> None:
        """Bind the log to its key, for good. A second, other key is a `KeyOutOfPlace`."""


class Signer(Protocol):
    """Signs for one log. While somebody holds it, nobody else signs for the same log."""

    def public_key(self, *, is_new: bool) -> bytes:
        """The key, made on first use when `is_new`; a `KeyOutOfPlace` when an older log's key is not there."""

    def last_signed(self) -> Checkpoint | None:
        """The largest checkpoint signed so far, remembered outside the database."""

    def sign(self, checkpoint: Checkpoint) -> bytes:
        """The Ed25519 signature over the checkpoint's text; remembered before it is handed out."""


class Signers(Protocol):
    def holding(self, tenant_id: TenantId, origin: str) -> AbstractContextManager[Signer]:
        """The tenant's signer, alone. Read the log after entering, or an older tree could follow a newer one."""

# SPDX-License-Identifier: EUPL-1.2
"""The logs' keys and last signatures as files in a folder, which in a cluster is a volume that all api processes share.

Not in the database, and that is the point: who can rewrite the entries there can neither sign for them nor make the
signer forget what it has signed.
"""

from __future__ import annotations

import fcntl
import os
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from kernel.files import write_once, write_whole
from kernel.identity import TenantId
from services.audit.domain import Checkpoint, KeyOutOfPlace


@dataclass(frozen=True)
class FolderSigners:
    folder: Path

    @contextmanager
    def holding(self, tenant_id: TenantId, origin: str) -> Iterator[FolderSigner]:
        """Waits while another thread or process signs for the same log."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = quote(tenant_id, safe="")
        with (self.folder / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield FolderSigner(self.folder / f"{name}.pem", self.folder / f"{name}.checkpoint", origin)


@dataclass(frozen=True)
class FolderSigner:
    key_file: Path
    checkpoint_file: Path
    origin: str

    def public_key(self, *, is_new: bool) -> bytes:
        if not self.key_file.exists():
            if not is_new:
                raise KeyOutOfPlace("the keys folder lacks the key that this log is signed with")
            fresh = Ed25519PrivateKey.generate()
            pem = fresh.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            write_once(self.key_file, pem)
            _settle(self.key_file.parent)
        return self._key().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def last_signed(self) -> Checkpoint | None:
        """None also after the origin has changed: a log that goes on under a new name starts anew for everybody."""
        if not self.checkpoint_file.exists():
            return None
        origin, size, root = self.checkpoint_file.read_text("utf-8").splitlines()
        return Checkpoint(origin, int(size), b64decode(root)) if origin == self.origin else None

    def sign(self, checkpoint: Checkpoint) -> bytes:
        if checkpoint != self.last_signed():
            write_whole(self.checkpoint_file, checkpoint.text.encode())
            _settle(self.checkpoint_file.parent)
        return self._key().sign(checkpoint.text.encode())

    def _key(self) -> Ed25519PrivateKey:
        key = load_pem_private_key(self.key_file.read_bytes(), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise KeyOutOfPlace("the file in the keys folder holds another kind of key than Ed25519")
        return key


def _settle(folder: Path) -> None:
    """Let the names of new files survive a power cut too: a key that is lost is a log that ends."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

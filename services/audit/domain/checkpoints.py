# SPDX-License-Identifier: EUPL-1.2
"""What the keeper of a log signs: so many entries, under this root (C2SP tlog-checkpoint, signed-note, Ed25519)."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from dataclasses import dataclass

from kernel.errors import Unavailable

ED25519 = b"\x01"


class LogWentBack(Unavailable):
    """A smaller tree than one already signed: the database was restored from before. It is never signed again."""


class LogForked(Unavailable):
    """The tree no longer contains one already signed: somebody changed what was written."""


class KeyOutOfPlace(Unavailable):
    """The key in the keys folder is not the one this log has always been signed with."""


@dataclass(frozen=True)
class Checkpoint:
    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The lines that are signed, each with its line end."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"

    def note(self, public_key: bytes, signature: bytes) -> str:
        """The checkpoint with its signature, as it is published."""
        signed = b64encode(key_id(self.origin, public_key) + signature).decode()
        return f"{self.text}\n— {self.origin} {signed}\n"


def key_id(name: str, public_key: bytes) -> bytes:
    return hashlib.sha256(f"{name}\n".encode() + ED25519 + public_key).digest()[:4]


def verification_key(name: str, public_key: bytes) -> str:
    """The line by which others check our signatures: name, key id, key."""
    return f"{name}+{key_id(name, public_key).hex()}+{b64encode(ED25519 + public_key).decode()}"

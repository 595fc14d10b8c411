# SPDX-License-Identifier: EUPL-1.2
"""Digests with a key of their own for each tenant, all derived from one secret of the deployment."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from kernel.files import write_whole


@dataclass(frozen=True)
class KeyedDigests:
    secret: bytes = field(repr=False)

    @classmethod
    def from_settings(cls, secret: str, folder: Path) -> KeyedDigests:
        """With no secret in the settings one is made on first use and kept in the folder, readable by its owner."""
        if secret:
            return cls(secret.encode())
        path = folder / "forecasting-digest-key"
        folder.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _keep_unless_kept(path, secrets.token_hex(32).encode())
        return cls(path.read_bytes())

    def of(self, tenant_id: str, content: bytes) -> str:
        key = hmac.digest(self.secret, tenant_id.encode(), "sha256")
        return f"hmac-sha256:{hmac.new(key, content, hashlib.sha256).hexdigest()}"


def _keep_unless_kept(path: Path, content: bytes) -> None:
    """Whole and once: of several processes that start together, all read what the first one wrote."""
    own = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    write_whole(own, content)
    with suppress(FileExistsError):
        path.hardlink_to(own)
    own.unlink()

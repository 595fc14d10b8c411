# SPDX-License-Identifier: EUPL-1.2
"""What a running audit service holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from kernel.identity import TenantId
from kernel.municipalities import Municipalities
from kernel.store import Transactions
from kernel.texts import Texts
from services.audit.ports import Signers


@dataclass(frozen=True)
class Tools:
    transaction: Transactions
    now: Callable[[], datetime]
    signers: Signers
    municipalities: Municipalities
    texts: Texts

    def origin(self, tenant_id: TenantId) -> str:
        """The log's name in the world: what its checkpoints begin with and its key is called."""
        return f"{self.municipalities.of(tenant_id).issuer_host}/audit/{tenant_id}"

# SPDX-License-Identifier: EUPL-1.2
"""What a running forecasting service holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from kernel.identity import TenantId
from kernel.municipalities import Municipalities
from kernel.store import Transactions
from kernel.texts import Texts
from services.forecasting.ports import Digests, ModelVersions


@dataclass(frozen=True)
class Tools:
    transaction: Transactions
    now: Callable[[], datetime]
    digests: Digests
    versions: ModelVersions
    municipalities: Municipalities
    texts: Texts
    reporting_days: int
    # The servers that part of the work needs, by name, each with the question whether it answers.
    needs: Mapping[str, Callable[[], bool]] = field(default_factory=dict)

    def checks(self) -> Mapping[str, Callable[[], bool]]:
        """What `/readyz` asks beside the database."""
        return self.needs

    def today(self, tenant_id: TenantId) -> date:
        """The date where the municipality is, since that is where its months end."""
        return self.now().astimezone(ZoneInfo(self.municipalities.of(tenant_id).time_zone)).date()

    def say(self, tenant_id: TenantId, key: str, **values: object) -> str:
        """The text in the municipality's language."""
        return self.texts.say(key, self.municipalities.of(tenant_id).language, **values)

# SPDX-License-Identifier: EUPL-1.2
"""What a running drafting service holds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from kernel.identity import TenantId
from kernel.municipalities import Municipalities
from kernel.store import Transactions
from kernel.texts import Texts
from services.drafting.domain.document import DocumentView, Setting
from services.drafting.domain.law import LawBook
from services.drafting.ports import Configuration, Guidelines, LawBooks, Transcripts, Writer
from services.drafting.usecases.examining import Examiner


@dataclass(frozen=True)
class Tools:
    transaction: Transactions
    now: Callable[[], datetime]
    municipalities: Municipalities
    configuration: Configuration
    laws: LawBooks
    texts: Texts
    writer: Writer
    transcripts: Transcripts
    guidelines: Guidelines
    render: Callable[[DocumentView, str], bytes]
    guidelines_per_section: int
    # The servers that part of the work needs, by name, each with the question whether it answers.
    needs: Mapping[str, Callable[[], bool]] = field(default_factory=dict)

    def checks(self) -> Mapping[str, Callable[[], bool]]:
        """What `/readyz` asks beside the database."""
        return self.needs

    def today(self, tenant_id: TenantId) -> date:
        """The date where the municipality is: at half past midnight in Sweden it is still yesterday in UTC."""
        return self.day_of(self.now(), tenant_id)

    def day_of(self, moment: datetime, tenant_id: TenantId) -> date:
        return moment.astimezone(ZoneInfo(self.municipalities.of(tenant_id).time_zone)).date()

    def setting(self, tenant_id: TenantId, department_key: str) -> Setting:
        """Who issues a document, and where."""
        municipality = self.municipalities.of(tenant_id)
        departments = {each.key: each.name for each in self.configuration.departments(tenant_id)}
        return Setting(
            municipality.name, departments.get(department_key, department_key), ZoneInfo(municipality.time_zone)
        )

    def law(self, tenant_id: TenantId) -> LawBook:
        return self.laws.law_book(tenant_id)

    def examiner(self, tenant_id: TenantId) -> Examiner:
        return Examiner(self.texts, self.law(tenant_id), self.today(tenant_id))

# SPDX-License-Identifier: EUPL-1.2
"""Communications, the decision and the reviews of a case."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import insert, select

from kernel.store import Work
from services.drafting.domain.decision import Communication, Decision
from services.drafting.domain.records import Review
from services.drafting.store.shapes import from_json, to_json
from services.drafting.store.tables import communications, decisions, reviews


@dataclass(frozen=True)
class SqlRecords:
    work: Work

    def add_communication(self, case_id: str, communication: Communication) -> None:
        self.work.connection.execute(
            insert(communications).values(
                tenant_id=self.work.tenant_id, case_id=case_id, id=communication.id, body=to_json(communication)
            )
        )

    def communications(self, case_id: str) -> tuple[Communication, ...]:
        chosen = (
            select(communications.c.body)
            .where(communications.c.tenant_id == self.work.tenant_id, communications.c.case_id == case_id)
            .order_by(communications.c.id)
        )
        return tuple(from_json(Communication, body) for body in self.work.connection.execute(chosen).scalars())

    def add_decision(self, case_id: str, decision: Decision) -> None:
        self.work.connection.execute(
            insert(decisions).values(tenant_id=self.work.tenant_id, case_id=case_id, body=to_json(decision))
        )

    def decision(self, case_id: str) -> Decision | None:
        chosen = select(decisions.c.body).where(
            decisions.c.tenant_id == self.work.tenant_id, decisions.c.case_id == case_id
        )
        body = self.work.connection.execute(chosen).scalar_one_or_none()
        return None if body is None else from_json(Decision, body)

    def add_review(self, case_id: str, review: Review) -> None:
        self.work.connection.execute(
            insert(reviews).values(tenant_id=self.work.tenant_id, case_id=case_id, id=review.id, body=to_json(review))
        )

# SPDX-License-Identifier: EUPL-1.2
"""Reports, requests and forecasts in the database. Every query names the tenant; row-level security checks it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import BigInteger, Column, Date, DateTime, Integer, MetaData, Table, Text, func, insert, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert

from kernel.errors import NotFound
from kernel.store import Work
from services.forecasting.domain import publication_document
from services.forecasting.domain.months import Month
from services.forecasting.domain.publication import (
    ForecastPublished,
    ForecastRequest,
    PlacementsReceived,
    Publication,
)
from services.forecasting.domain.series import Report
from services.forecasting.events import to_event

tables = MetaData()

uploads = Table(
    "uploads",
    tables,
    Column("tenant_id", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("received_on", Date, nullable=False),
    Column("actor_id", Text, nullable=False),
    Column("form", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("rejected_rows", Integer, nullable=False),
)

reports = Table(
    "reports",
    tables,
    Column("tenant_id", Text, primary_key=True),
    Column("series", Text, primary_key=True),
    Column("position", BigInteger, primary_key=True),
    Column("month", Text, nullable=False),
    Column("counted", Integer, nullable=False),
    Column("reported_on", Date),
    Column("upload_id", Text, nullable=False),
)

requests = Table(
    "forecast_requests",
    tables,
    Column("tenant_id", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("series", Text),
    Column("origin", Text),
    Column("horizon", Integer, nullable=False),
    Column("actor_id", Text, nullable=False),
    Column("actor_role", Text, nullable=False),
    Column("requested_at", DateTime(timezone=True), nullable=False),
)

forecasts = Table(
    "forecasts",
    tables,
    Column("tenant_id", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("series", Text, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("content", JSONB, nullable=False),
)


@dataclass(frozen=True)
class SqlReports:
    work: Work

    def lock(self) -> None:
        self.work.connection.execute(
            select(func.pg_advisory_xact_lock(func.hashtextextended(f"placements {self.work.tenant_id}", 0)))
        )

    def all(self) -> Mapping[str, Sequence[Report]]:
        rows = self.work.connection.execute(
            select(reports.c.series, reports.c.month, reports.c.counted, reports.c.reported_on)
            .where(reports.c.tenant_id == self.work.tenant_id)
            .order_by(reports.c.series, reports.c.position)
        )
        found: dict[str, list[Report]] = {}
        for row in rows:
            found.setdefault(row.series, []).append(Report(Month.read(row.month), row.counted, row.reported_on))
        return found

    def add(self, told: Mapping[str, Sequence[Report]], received: PlacementsReceived) -> None:
        self.work.connection.execute(
            insert(uploads).values(
                tenant_id=self.work.tenant_id,
                id=received.upload_id,
                received_on=received.received_on,
                actor_id=received.actor_id,
                form=received.form,
                digest=received.digest,
                rows=received.rows,
                rejected_rows=received.rejected_rows,
            )
        )
        rows = [
            self._row(series, position, report, received.upload_id)
            for series, own in told.items()
            for position, report in enumerate(own, self._next_position(series))
        ]
        if rows:
            self.work.connection.execute(insert(reports), rows)
        self.work.announce(to_event(received), key=received.upload_id, subject=f"upload:{received.upload_id}")

    def _next_position(self, series: str) -> int:
        """Only asked for under the lock, so that no two uploads get the same."""
        last = self.work.connection.execute(
            select(func.max(reports.c.position)).where(
                reports.c.tenant_id == self.work.tenant_id, reports.c.series == series
            )
        ).scalar()
        return 0 if last is None else last + 1

    def _row(self, series: str, position: int, report: Report, upload_id: str) -> dict[str, str | int | date | None]:
        return {
            "tenant_id": self.work.tenant_id,
            "series": series,
            "position": position,
            "month": str(report.month),
            "counted": report.count,
            "reported_on": report.reported_on,
            "upload_id": upload_id,
        }


@dataclass(frozen=True)
class SqlRequests:
    work: Work

    def get(self, request_id: str) -> ForecastRequest:
        row = self.work.connection.execute(
            select(requests).where(requests.c.tenant_id == self.work.tenant_id, requests.c.id == request_id)
        ).one_or_none()
        if row is None:
            raise NotFound("no such request for forecasts")
        origin = None if row.origin is None else Month.read(row.origin)
        return ForecastRequest(row.id, row.series, origin, row.horizon, row.actor_id, row.actor_role, row.requested_at)

    def add(self, request: ForecastRequest) -> None:
        self.work.connection.execute(
            insert(requests).values(
                tenant_id=self.work.tenant_id,
                id=request.id,
                series=request.series,
                origin=None if request.origin is None else str(request.origin),
                horizon=request.horizon,
                actor_id=request.actor_id,
                actor_role=request.actor_role,
                requested_at=request.requested_at,
            )
        )
        self.work.enqueue("forecast", request.id, {"request_id": request.id})


@dataclass(frozen=True)
class SqlPublications:
    work: Work

    def latest(self, series: str) -> Publication | None:
        content = self.work.connection.execute(
            select(forecasts.c.content)
            .where(forecasts.c.tenant_id == self.work.tenant_id, forecasts.c.series == series)
            .order_by(forecasts.c.made_at.desc(), forecasts.c.id.desc())
            .limit(1)
        ).scalar()
        return None if content is None else publication_document.publication(content)

    def publish(self, fact: ForecastPublished) -> None:
        made = fact.publication
        kept = self.work.connection.execute(
            upsert(forecasts)
            .values(
                tenant_id=self.work.tenant_id,
                id=made.id,
                series=made.series,
                made_at=made.made_at,
                content=publication_document.document(made),
            )
            .on_conflict_do_nothing()
            .returning(forecasts.c.id)
        )
        if kept.one_or_none() is not None:
            self.work.announce(to_event(fact), key=made.series, subject=f"forecast:{made.series}")

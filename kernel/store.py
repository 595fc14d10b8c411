# SPDX-License-Identifier: EUPL-1.2
"""Transactions with the tenant set, and the tables that every service's database has.

A state change, the events it announces and the jobs it asks for are written in one transaction: all of it or nothing.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from select import POLLIN, poll
from typing import Any

from google.protobuf.message import Message
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    DateTime,
    Double,
    Engine,
    Float,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    create_engine,
    desc,
    event,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DisconnectionError

from kernel.events import Delivery, event_type
from kernel.identity import TenantId, new_id
from kernel.telemetry import current_traceparent

kernel_tables = MetaData()

outbox = Table(
    "outbox",
    kernel_tables,
    Column("position", BigInteger, Identity(always=True), primary_key=True),
    Column("tenant_id", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("time", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Column("traceparent", Text, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("next_attempt_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    # Not of the id alone: a refused insertion would tell one municipality of another's event.
    UniqueConstraint("tenant_id", "id", name="outbox_event"),
    Index("outbox_by_key", "tenant_id", "key", "position"),
)

inbox = Table(
    "inbox",
    kernel_tables,
    Column("tenant_id", Text, primary_key=True),
    Column("event_id", Text, primary_key=True),
    Column("handled_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

dead_letters = Table(
    "dead_letters",
    kernel_tables,
    Column("tenant_id", Text, primary_key=True),
    Column("event_id", Text, primary_key=True),
    Column("type", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("died_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

jobs = Table(
    "jobs",
    kernel_tables,
    Column("tenant_id", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("payload", JSONB, nullable=False),
    Column("priority", Integer, nullable=False, server_default="0"),
    Column("state", Text, nullable=False, server_default="waiting"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("losses", Integer, nullable=False, server_default="0"),
    Column("run_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("lease", Text),
    Column("leased_until", DateTime(timezone=True)),
    Column("progress", Float, nullable=False, server_default="0"),
    Column("problem", JSONB),
    Column("cancel_requested", Boolean, nullable=False, server_default="false"),
    Column("traceparent", Text, nullable=False, server_default=""),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("ended_at", DateTime(timezone=True)),
    Index("jobs_by_subject", "tenant_id", "kind", "subject", "created_at"),
    # What a claim looks at: each municipality's line in order, and leases that have run out.
    Index(
        "jobs_in_line", "tenant_id", "kind", text("priority DESC"), "created_at", "id",
        postgresql_where=text("state = 'waiting'"),
    ),
    Index("jobs_leased", "leased_until", postgresql_where=text("state = 'running'")),
)  # fmt: skip

shares = Table(
    "shares",
    kernel_tables,
    Column("tenant_id", Text, primary_key=True),
    Column("queue", Text, primary_key=True),
    Column("last_turn", Double, nullable=False),
    Column("next_turn", Double, nullable=False),
    Index("shares_by_queue", "queue", "last_turn"),
)

idempotency_keys = Table(
    "idempotency_keys",
    kernel_tables,
    Column("tenant_id", Text, primary_key=True),
    Column("actor_id", Text, primary_key=True),
    Column("route", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("fingerprint", Text, nullable=False),
    Column("status", Integer),
    Column("body", LargeBinary),
    Column("headers", JSONB),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)


@dataclass(frozen=True)
class JobView:
    """How far a job has come. `state`: waiting, running, done, dead or cancelled; `progress` is a share, 0 to 1."""

    id: str
    state: str
    progress: float
    problem: Mapping[str, str] | None


@dataclass
class Work:
    """One transaction of one tenant. The only way to a table."""

    tenant_id: TenantId
    connection: Connection
    source: str
    delivery: Delivery | None = None
    left_something_to_do: bool = False

    def announce(self, *events: Message, key: str, subject: str = "") -> None:
        """Publish the facts, in this order, if, and only if, this transaction commits. Events of one `key` keep their
        order when the caller holds a lock on what the key names, so that no other transaction can announce in between.
        """
        if not events:
            return
        shared = {
            "tenant_id": self.tenant_id,
            "source": f"/{self.source}",
            "subject": subject or key,
            "key": key,
            "traceparent": current_traceparent(),
        }
        own = (
            {"id": new_id(), "type": event_type(each), "data": each.SerializeToString(deterministic=True)}
            for each in events
        )
        self.connection.execute(insert(outbox), [shared | each for each in own])
        self.left_something_to_do = True

    def enqueue(self, kind: str, subject: str, payload: Mapping[str, Any] | None = None, *, priority: int = 0) -> str:
        """Ask for a job if, and only if, this transaction commits. The payload holds ids and settings, no content."""
        job_id = new_id()
        self.connection.execute(
            insert(jobs).values(
                tenant_id=self.tenant_id,
                id=job_id,
                kind=kind,
                subject=subject,
                payload=json.loads(json.dumps(payload or {})),
                priority=priority,
                traceparent=current_traceparent(),
            )
        )
        self.left_something_to_do = True
        return job_id

    def job(self, kind: str, subject: str) -> JobView | None:
        """The newest job of this kind for the subject."""
        row = self.connection.execute(
            select(jobs.c.id, jobs.c.state, jobs.c.progress, jobs.c.problem)
            .where(jobs.c.tenant_id == self.tenant_id, jobs.c.kind == kind, jobs.c.subject == subject)
            .order_by(desc(jobs.c.created_at), desc(jobs.c.id))
            .limit(1)
        ).one_or_none()
        return JobView(row.id, row.state, row.progress, row.problem) if row else None

    def cancel_job(self, kind: str, subject: str) -> None:
        """Ask that what waits or runs of this kind for the subject ends without an effect."""
        mine = (jobs.c.tenant_id == self.tenant_id) & (jobs.c.kind == kind) & (jobs.c.subject == subject)
        self.connection.execute(
            jobs.update().where(mine, jobs.c.state == "waiting").values(state="cancelled", ended_at=func.now())
        )
        self.connection.execute(jobs.update().where(mine, jobs.c.state == "running").values(cancel_requested=True))


class Transactions:
    """Opens transactions on one service's database, as the service's role.

    After each commit that left an event or a job behind, the events in `woken` are set, so that a relay or a worker in
    the same process need not wait for its next look.
    """

    def __init__(self, engine: Engine, source: str) -> None:
        self.engine = engine
        self.source = source
        self.woken: list[threading.Event] = []

    def wake(self) -> threading.Event:
        """An event that is set whenever something is left to do."""
        self.woken.append(threading.Event())
        return self.woken[-1]

    @contextmanager
    def __call__(self, tenant_id: TenantId) -> Iterator[Work]:
        """Commit at the end of the block, roll back when it raises.

        The tenant stands in a setting local to the transaction, so that a pooled connection carries nothing over.
        Raise `ValueError` without a tenant: no row is nobody's.
        """
        if not tenant_id:
            raise ValueError("a transaction is some tenant's")
        with self.engine.begin() as connection:
            connection.execute(text("SELECT set_config('app.tenant', :tenant, true)"), {"tenant": tenant_id})
            work = Work(tenant_id, connection, self.source)
            yield work
        if work.left_something_to_do:
            for each in self.woken:
                each.set()


def engine_of(url: str, *, pool_size: int = 20) -> Engine:
    """An engine with a bounded pool whose connections are looked at before use, since a database may restart."""
    # None beyond the pool: such a connection would be made for one transaction, and making one costs more than most.
    engine = create_engine(url, pool_size=pool_size, max_overflow=0, pool_recycle=1800)
    event.listen(engine, "checkout", _is_still_there)
    return engine


def _is_still_there(connection: Any, _record: object, _proxy: object) -> None:
    """Raise `DisconnectionError`, on which the pool makes a new connection, when the server has ended this one.

    A connection at rest has nothing to read, but for the word that it has ended. To look costs no time on the way.
    """
    looking = poll()
    looking.register(connection.fileno(), POLLIN)
    if connection.closed or looking.poll(0):
        raise DisconnectionError("the server has ended the connection")

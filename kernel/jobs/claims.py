# SPDX-License-Identifier: EUPL-1.2
"""Taking the next job of a queue from the job table: whose turn it is, and which of theirs is the most urgent.

Claims of one queue go one after the other, so that shares are exact. Each takes a few milliseconds, and jobs seconds.
Who has work at all is looked up a few times a second and not for each claim: that look grows with the municipalities.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Row,
    Select,
    Subquery,
    Text,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as upsert

from kernel.identity import TenantId, new_id
from kernel.jobs.job import Job
from kernel.jobs.turns import Share, Weight, in_turn, served
from kernel.store import jobs, shares

# "jobs" in ASCII: the first half of the advisory lock's key; the other half is the queue.
LOCK = 0x6A6F6273
# A process that is frozen between two statements of its claim must not hold up the others.
LONGEST_CLAIM = "3s"
# A municipality that had nothing to do is in line again within this time.
LOOK_SECONDS = 0.2
# Asked for their work one after the other; mostly the first has some.
CANDIDATES = 4
# Written out, not bound: the planner takes a partial index only for a condition it can read.
IS_WAITING = jobs.c.state == literal_column("'waiting'")
IS_RUNNING = jobs.c.state == literal_column("'running'")


def is_due() -> ColumnElement[bool]:
    return and_(IS_WAITING, jobs.c.run_at <= func.statement_timestamp())


def is_lost() -> ColumnElement[bool]:
    """Its worker has not been heard of for the time of a lease."""
    return and_(IS_RUNNING, jobs.c.leased_until < func.statement_timestamp())


@dataclass
class Claims:
    """The claims of one queue. `engine` is the dispatcher's role, which sees the jobs of all municipalities."""

    engine: Engine
    queue: str
    kinds: Sequence[str]
    weight: Weight
    lease: timedelta
    _busy: set[TenantId] = field(default_factory=set, init=False)
    _looked_at: float = field(default=-LOOK_SECONDS, init=False)

    def next(self) -> Job | None:
        """The most urgent job of the municipality whose turn it is; None when nothing is due."""
        with self.engine.begin() as connection:
            connection.execute(
                select(
                    func.set_config("idle_in_transaction_session_timeout", LONGEST_CLAIM, True),
                    # Ten thousand new jobs are in no statistics yet; so the planner is told to walk along an index.
                    func.set_config("enable_sort", "off", True),
                    func.pg_advisory_xact_lock(LOCK, func.hashtext(self.queue)),
                )
            )
            if time.monotonic() - self._looked_at < LOOK_SECONDS and (job := self._of_the_busy(connection)):
                return job
            self._busy = set(connection.execute(self._who_waits).scalars())
            self._looked_at = time.monotonic()
            return self._of_the_busy(connection)

    def _of_the_busy(self, connection: Connection) -> Job | None:
        """Who turns out to have nothing more, since others took it, is not asked again until the next look."""
        while self._busy:
            for share in self._in_turn(connection):
                if found := self._most_urgent(connection, share.tenant_id):
                    self._keep(connection, served(share, self.weight(share.tenant_id, self.queue)))
                    return self._take(connection, share.tenant_id, found)
                self._busy.discard(share.tenant_id)
        return None

    def _in_turn(self, connection: Connection) -> list[Share]:
        """The first few of the busy."""
        rows = connection.execute(self._first_in_line, {"busy": sorted(self._busy)}).all()
        waiting = [Share(TenantId(each.tenant_id), each.last_turn, each.next_turn) for each in rows]
        return in_turn(waiting, rows[0].now)

    def _most_urgent(self, connection: Connection, tenant_id: TenantId) -> str | None:
        found: str | None = connection.execute(self._firsts, {"tenant_id": tenant_id}).scalar_one_or_none()
        return found

    @cached_property
    def _first_in_line(self) -> Select[Any]:
        """The order is that of `in_turn`."""
        busy = func.unnest(bindparam("busy", type_=ARRAY(Text))).table_valued("tenant_id").render_derived()
        theirs = and_(shares.c.tenant_id == busy.c.tenant_id, shares.c.queue == self.queue)
        last, following = func.coalesce(shares.c.last_turn, 0.0), func.coalesce(shares.c.next_turn, 0.0)
        now = select(func.coalesce(func.max(shares.c.last_turn), 0.0)).where(shares.c.queue == self.queue)
        clock = now.scalar_subquery()
        return (
            select(busy.c.tenant_id, last.label("last_turn"), following.label("next_turn"), clock.label("now"))
            .select_from(busy.outerjoin(shares, theirs))
            .order_by(func.greatest(following, clock), last, busy.c.tenant_id)
            .limit(CANDIDATES)
        )

    @cached_property
    def _who_waits(self) -> Select[Any]:
        """Everybody with a job that is due. One probe of an index for each."""
        busy = _busy()
        # A bare EXISTS would be answered by a hash over every job that waits.
        has_work = [
            _first(busy.c.tenant_id, kind, condition, order).scalar_subquery().is_not(None)
            for kind in self.kinds
            for condition, order in _claimable()
        ]
        return select(busy.c.tenant_id).where(or_(*has_work))

    @cached_property
    def _firsts(self) -> Select[Any]:
        """The most urgent of the first of each kind. A row that another transaction holds is passed over."""
        tenant = bindparam("tenant_id", type_=jobs.c.tenant_id.type)
        firsts = [
            _first(tenant, kind, condition, order)
            .add_columns(jobs.c.priority, jobs.c.created_at)
            .with_for_update(skip_locked=True)
            for kind in self.kinds
            for condition, order in _claimable()
        ]
        found = union_all(*(select(each.subquery()) for each in firsts)).subquery("found")
        return select(found.c.id).order_by(found.c.priority.desc(), found.c.created_at, found.c.id).limit(1)

    def _take(self, connection: Connection, tenant_id: TenantId, job_id: str) -> Job:
        lease = new_id()
        row: Row[Any] = connection.execute(
            update(jobs)
            .where(jobs.c.tenant_id == tenant_id, jobs.c.id == job_id)
            .values(
                losses=case((jobs.c.state == "running", jobs.c.losses + 1), else_=jobs.c.losses),
                state="running",
                attempts=jobs.c.attempts + 1,
                lease=lease,
                leased_until=func.clock_timestamp() + self.lease,
            )
            .returning(jobs)
        ).one()
        return Job(
            row.id, tenant_id, row.kind, row.subject, row.payload, row.attempts, lease, row.losses, row.traceparent
        )

    def _keep(self, connection: Connection, share: Share) -> None:
        turns = {"last_turn": share.last_turn, "next_turn": share.next_turn}
        connection.execute(
            upsert(shares)
            .values(tenant_id=share.tenant_id, queue=self.queue, **turns)
            .on_conflict_do_update(index_elements=[shares.c.tenant_id, shares.c.queue], set_=turns)
        )


def _claimable() -> Iterator[tuple[ColumnElement[bool], tuple[ColumnElement[Any], ...]]]:
    """What may be claimed, each in the order of the index that has it: the line of what waits, the leases."""
    yield is_due(), (jobs.c.priority.desc(), jobs.c.created_at, jobs.c.id)
    yield is_lost(), (jobs.c.leased_until,)


def _first(
    tenant: ColumnElement[str], kind: str, condition: ColumnElement[bool], order: Sequence[ColumnElement[Any]]
) -> Select[Any]:
    return select(jobs.c.id).where(jobs.c.tenant_id == tenant, jobs.c.kind == kind, condition).order_by(*order).limit(1)


def _busy() -> Subquery:
    """The municipalities that have jobs, each found by one step in an index, however many jobs they have."""
    tenants = select(func.min(jobs.c.tenant_id).label("tenant_id")).where(IS_WAITING).cte("tenants", recursive=True)
    following = (
        select(func.min(jobs.c.tenant_id)).where(IS_WAITING, jobs.c.tenant_id > tenants.c.tenant_id).scalar_subquery()
    )
    tenants = tenants.union_all(select(following).where(tenants.c.tenant_id.is_not(None)))
    waiting = select(tenants.c.tenant_id).where(tenants.c.tenant_id.is_not(None))
    return waiting.union(select(jobs.c.tenant_id).where(is_lost())).subquery("busy")

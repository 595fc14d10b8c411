# SPDX-License-Identifier: EUPL-1.2
"""A service whose work a test chooses, on a real database, and effects that can be counted."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, text, update

from kernel.identity import TenantId
from kernel.jobs import Effect, Job, Problem, Tasks, Worker
from kernel.store import Transactions, Work, idempotency_keys, jobs
from tests.conftest import Database

EKHAMRA, VESTBY = TenantId("ekhamra"), TenantId("vestby")


@dataclass
class Tools:
    transaction: Transactions


class Bench:
    """A kind of job whose work a test chooses, and whose effects it counts."""

    def __init__(self, own: Database, perform: Callable[[Job], None] = lambda _job: None, **limits: int) -> None:
        self.tools = Tools(own.transactions)
        self.tasks = Tasks()
        self.given_up: list[tuple[str, Problem]] = []
        self.dispatch = own.engine("dispatch_database_url")

        @self.tasks.on("count", queue="counting", **limits)
        def count(job: Job, tools: Any) -> Effect:
            perform(job)
            return lambda work: mark(work, f"done {job.subject}")

        @self.tasks.given_up("count")
        def tell(job: Job, problem: Problem, work: Work, tools: Any) -> None:
            self.given_up.append((job.subject, problem))

    def worker(self, **named: Any) -> Worker:
        return Worker(self.tasks, self.tools, self.dispatch, **named)

    def ask(self, *subjects: str, tenant: TenantId = EKHAMRA, kind: str = "count", priority: int = 0) -> None:
        with self.tools.transaction(tenant) as work:
            for each in subjects:
                work.enqueue(kind, each, priority=priority)

    def marks(self, tenant: TenantId = EKHAMRA) -> Counter[str]:
        with self.tools.transaction(tenant) as work:
            query = select(idempotency_keys.c.route).where(idempotency_keys.c.tenant_id == work.tenant_id)
            return Counter(work.connection.execute(query).scalars())

    def state(self, subject: str) -> str:
        with self.tools.transaction(EKHAMRA) as work:
            job = work.job("count", subject)
        return job.state if job else "none"

    def no_waiting(self) -> None:
        """Let time pass: what is to be tried later is due now, and what is leased has expired."""
        with self.dispatch.begin() as connection:
            connection.execute(update(jobs).values(run_at=text("now() - interval '1 second'")))
            expired = text("now() - interval '1 second'")
            connection.execute(update(jobs).where(jobs.c.state == "running").values(leased_until=expired))


def mark(work: Work, what: str) -> None:
    """An effect that can be counted: one row for each time it was written."""
    number = work.connection.execute(text("SELECT count(*) FROM idempotency_keys")).scalar()
    row = {"actor_id": "x", "route": what, "key": str(number), "fingerprint": ""}
    work.connection.execute(idempotency_keys.insert().values(tenant_id=work.tenant_id, **row))

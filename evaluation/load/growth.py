# SPDX-License-Identifier: EUPL-1.2
"""What one case costs when there are few, and when there are many.

Four databases stand side by side on one server: few and many cases, of one municipality and of many. The same calls go
to each in turn, one at a time, through its own processes; the largest is compared with the smallest.
"""

from __future__ import annotations

import http.client
import random
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import product
from typing import Any

from sqlalchemy import Engine

from deploy.cluster.processes import RoleProcess
from evaluation.load.casework import CASE
from evaluation.load.ground import Ground, service_of, standing
from evaluation.load.idle import memory_of
from evaluation.load.outcome import Figure, Goal, Outcome
from evaluation.load.plans import document, explaining
from evaluation.load.recorded import served_here
from evaluation.load.seeding import Worked, fill_audit, fill_drafting, work_on_a_case
from kernel.events import Delivery
from kernel.identity import Role, TenantId, new_id
from kernel.inbox import handle_once
from kernel.jobs.claims import Claims
from kernel.jobs.turns import equal_weights
from kernel.jobs.worker import LEASE
from kernel.kafka.relay import relay_batch
from kernel.store import engine_of

GOAL = Goal(most=1.2)
# The fewest cases that any municipality has in any of the databases: so every answer has the same length.
PAGE = 3
WAITING_JOBS = 300
WAITING_EVENTS = 200


@dataclass(frozen=True)
class Size:
    cases: tuple[int, int] = (1000, 100_000)
    tenants: tuple[int, int] = (1, 300)
    repetitions: int = 3
    calls: int = 15


QUICK = Size((60, 600), (1, 10), 1, 3)


@dataclass
class Corner:
    """One database of each service, filled to one size, with its processes."""

    cases: int
    tenants: Sequence[TenantId]
    drafting: Mapping[str, str]
    audit: Mapping[str, str]
    known: list[tuple[TenantId, str]] = field(default_factory=list)
    processes: dict[str, RoleProcess] = field(default_factory=dict)
    connections: dict[str, http.client.HTTPConnection] = field(default_factory=dict)
    engines: dict[str, Engine] = field(default_factory=dict)
    audit_tools: Any = None
    # A worker keeps it, and with it who had work a moment ago.
    claims: Any = None

    @property
    def name(self) -> str:
        return f"c{self.cases}_t{len(self.tenants)}"


@dataclass(frozen=True)
class Call:
    """One request that can be made about a case."""

    service: str
    method: str
    path: str
    role: Role = Role.CASEWORKER
    body: bytes = b""

    def send(self, ground: Ground, connection: http.client.HTTPConnection, tenant_id: TenantId, case_id: str) -> float:
        """Seconds until the whole answer is here."""
        headers = {"Authorization": f"Bearer {ground.token(tenant_id, self.role)}", "Idempotency-Key": new_id()}
        if self.body:
            headers["Content-Type"] = "application/json"
        # The server lets go of a connection that nobody used for some seconds.
        connection.close()
        connection.connect()
        begun = time.perf_counter()
        connection.request(self.method, self.path.format(case=case_id), self.body or None, headers)
        answer = connection.getresponse()
        said = answer.read()
        seconds = time.perf_counter() - begun
        if answer.status >= 300:
            raise RuntimeError(f"{self.method} {self.path}: {answer.status} {said[:300]!r}")
        return seconds


CASES = "/drafting/v1/cases"
CALLS = {
    "open a case": Call("drafting", "POST", CASES, body=CASE),
    "read a case": Call("drafting", "GET", f"{CASES}/{{case}}"),
    "list a page": Call("drafting", "GET", f"{CASES}?limit={PAGE}"),
    "list a page of open cases": Call("drafting", "GET", f"{CASES}?limit={PAGE}&state=open"),
    "ask for a proposal": Call("drafting", "POST", f"{CASES}/{{case}}/sections/health/proposal"),
    "read a section": Call("drafting", "GET", f"{CASES}/{{case}}/sections/body"),
    "approve a section": Call("drafting", "POST", f"{CASES}/{{case}}/sections/safety/approval"),
    "entries of a case": Call("audit", "GET", "/audit/v1/entries?case_id={case}", Role.AUDITOR),
    "checkpoint": Call("audit", "GET", "/audit/v1/checkpoint", Role.AUDITOR),
    "inclusion proof": Call("audit", "GET", "/audit/v1/entries/1/inclusion-proof", Role.AUDITOR),
}


# What one case of the template with twenty-four headings asks for: each is looked at, proposed by a job and approved,
# and the case is read before and after. The rest of the calls is not about one case.
OF_ONE_CASE = {
    "open a case": 1,
    "read a case": 25,
    "read a section": 24,
    "ask for a proposal": 24,
    "claim a job": 24,
    "approve a section": 24,
    "record an event": 124,
    "entries of a case": 1,
}


@dataclass
class Growth:
    ground: Ground
    size: Size
    worked: Worked
    corners: list[Corner]
    seconds: dict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))

    def run(self) -> None:
        for corner in self.corners:
            self._touch_every_tenant(corner)
        for _ in range(self.size.repetitions):
            for name, call in CALLS.items():
                self._repeated(name, lambda corner, call=call: self._call(corner, call))  # type: ignore[misc] # bound now
            for name, (_, measure) in self._beside(self.corners[0]).items():
                self._repeated(name, measure)

    def _repeated(self, name: str, measure: Callable[[Corner], float]) -> None:
        """Corner after corner, call after call, so that what the machine does beside falls on all alike."""
        taken: dict[str, list[float]] = defaultdict(list)
        for _ in range(self.size.calls):
            for corner in self.corners:
                taken[corner.name].append(measure(corner) * 1000)
        for corner_name, each in taken.items():
            self.seconds[name, corner_name].append(statistics.median(each))

    def of_one_case(self, corner_name: str) -> list[float]:
        """Milliseconds, by repetition."""
        return [
            sum(times * self.seconds[name, corner_name][at] for name, times in OF_ONE_CASE.items())
            for at in range(self.size.repetitions)
        ]

    def _call(self, corner: Corner, call: Call) -> float:
        tenant_id, case_id = corner.known.pop()
        return call.send(self.ground, corner.connections[call.service], tenant_id, case_id)

    def _touch_every_tenant(self, corner: Corner) -> None:
        """What a process keeps of a municipality is kept from here on."""
        for tenant_id in corner.tenants:
            for name in ("list a page", "open a case", "checkpoint"):
                CALLS[name].send(self.ground, corner.connections[CALLS[name].service], tenant_id, "")

    def _relay(self, corner: Corner) -> float:
        """One turn of the relay with a full batch, without Kafka."""
        with self.ground.administrator(f"drafting_{corner.name}") as admin:
            _fill_outbox(admin, corner.tenants, self.worked)
        begun = time.perf_counter()
        while relay_batch(corner.engines["relay"], lambda batch: [True] * len(batch)) < WAITING_EVENTS // 2:
            continue
        return time.perf_counter() - begun

    def _claim(self, corner: Corner) -> float:
        begun = time.perf_counter()
        found = corner.claims.next()
        seconds = time.perf_counter() - begun
        if found is None:
            raise RuntimeError("no job waits")
        return seconds

    def _record(self, corner: Corner) -> float:
        tenant_id, case_id = corner.known.pop()
        tools, delivery = corner.audit_tools, _delivery(self.worked, 0, tenant_id, case_id)
        begun = time.perf_counter()
        handle_once(delivery, service_of("audit").handlers, tools.transaction, tools)
        return time.perf_counter() - begun

    def plans(self) -> dict[str, dict[str, Any]]:
        """By corner and call: pages, and scans of growing tables."""
        found: dict[str, dict[str, Any]] = {}
        for corner in self.corners:
            found[corner.name] = {}
            with self.ground.apart(corner.name, len(corner.tenants)):
                for service, database in (("drafting", corner.drafting), ("audit", corner.audit)):
                    found[corner.name] |= self._plans_of_calls(corner, service, database)
            for name, (engine, measure) in self._beside(corner).items():
                with explaining(engine) as plans:
                    measure(corner)
                found[corner.name][name] = document(plans)
        return found

    def _plans_of_calls(self, corner: Corner, service: str, database: Mapping[str, str]) -> dict[str, Any]:
        found = {}
        with served_here(self.ground, service, database) as here:
            connection = http.client.HTTPConnection("127.0.0.1", here.port)
            for name, call in CALLS.items():
                if call.service == service:
                    tenant_id, case_id = corner.known.pop()
                    with explaining(here.engine) as plans:
                        call.send(self.ground, connection, tenant_id, case_id)
                    found[name] = document(plans)
            connection.close()
        return found

    def _beside(self, corner: Corner) -> dict[str, tuple[Engine, Callable[[Corner], float]]]:
        """What no caller waits for, and the engine it works on."""
        return {
            "relay 200 events": (corner.engines["relay"], self._relay),
            "claim a job": (corner.engines["dispatch"], self._claim),
            "record an event": (corner.audit_tools.transaction.engine, self._record),
        }


def _fill_outbox(admin: Any, tenants: Sequence[TenantId], worked: Worked) -> None:
    event = worked.events[0]
    admin.execute(
        "INSERT INTO outbox (tenant_id, id, type, source, subject, key, traceparent, data) "
        "SELECT (%s::text[])[1 + at %% %s], uuidv7()::text, %s, %s, %s, gen_random_uuid()::text, '', %s "
        "FROM generate_series(1, %s) AS at",
        [list(tenants), len(tenants), event["type"], event["source"], event["subject"], event["data"], WAITING_EVENTS],
    )


def _delivery(worked: Worked, number: int, tenant_id: TenantId, case_id: str) -> Delivery:
    event = worked.events[number]
    data = bytes(event["data"]).replace(worked.case_id.encode(), case_id.encode())
    return Delivery(new_id(), event["type"], event["source"], case_id, datetime.now(UTC), tenant_id, case_id, data)


def _contents(worked: Worked, corner: Corner) -> list[bytes]:
    """The entries that audit itself makes of the model's events, tried in the still empty log and undone."""
    made: list[bytes] = []
    with _undone(corner) as work:
        from services.audit.store import SqlLog  # noqa: PLC0415 — as the tools are, made by the service

        for at, _ in enumerate(worked.events):
            delivery = _delivery(worked, at, worked.tenant_id, worked.case_id)
            service_of("audit").handlers.call(delivery, work, corner.audit_tools)
        made += SqlLog(work).contents(0, len(worked.events))
        work.connection.rollback()
    return made


def _undone(corner: Corner) -> Any:
    return corner.audit_tools.transaction(corner.tenants[0])


def prepared(ground: Ground, size: Size) -> Growth:
    corners: list[Corner] = []
    worked: Worked | None = None
    for tenants, cases in product(size.tenants, size.cases):
        name = f"c{cases}_t{tenants}"
        databases = {each: ground.database(each, f"{each}_{name}") for each in ("drafting", "audit")}
        corner = Corner(cases, ground.tenant_ids[:tenants], databases["drafting"], databases["audit"])
        corner.audit_tools = service_of("audit").build_tools(ground.settings("audit", databases["audit"]))
        worked = work_on_a_case(ground, databases["drafting"], f"drafting_{name}")
        began = time.monotonic()
        _fill(ground, corner, worked)
        print(f"{name}: filled in {time.monotonic() - began:.0f} s", flush=True)
        corners.append(corner)
    _start(ground, corners)
    assert worked is not None  # noqa: S101 — there are sizes
    return Growth(ground, size, worked, corners)


def _fill(ground: Ground, corner: Corner, worked: Worked) -> None:
    contents = _contents(worked, corner)
    with ground.administrator(f"drafting_{corner.name}") as admin:
        fill_drafting(admin, worked, corner.tenants, corner.cases)
        admin.execute(
            "INSERT INTO jobs (tenant_id, id, kind, subject, payload) SELECT (%s::text[])[1 + at %% %s], "
            "uuidv7()::text, 'write', gen_random_uuid()::text, '{}' FROM generate_series(1, %s) AS at",
            [list(corner.tenants), len(corner.tenants), WAITING_JOBS],
        )
        cases = admin.execute("SELECT tenant_id, id FROM cases WHERE id <> %s ORDER BY id", [worked.case_id]).fetchall()
    with ground.administrator(f"audit_{corner.name}") as admin:
        fill_audit(admin, contents, worked, cases)
    corner.known = random.Random(corner.cases).sample(cases, min(len(cases), 1000))


def _start(ground: Ground, corners: Sequence[Corner]) -> None:
    for corner in corners:
        with ground.apart(corner.name, len(corner.tenants)):
            for service, database in (("drafting", corner.drafting), ("audit", corner.audit)):
                corner.processes[service] = ground.process(service, "api", database, beside=corner.name)
        corner.engines = {
            each: engine_of(corner.drafting[f"{each}_database_url"], pool_size=1) for each in ("relay", "dispatch")
        }
        corner.claims = Claims(corner.engines["dispatch"], "writing", ["write"], equal_weights, LEASE)
    ground.wait_until_ready()
    for corner in corners:
        corner.connections = {
            service: http.client.HTTPConnection("127.0.0.1", process.port)
            for service, process in corner.processes.items()
        }


def measured(size: Size) -> Outcome:
    with standing(tenants=max(size.tenants)) as ground:
        growth = prepared(ground, size)
        growth.run()
        memory = {
            corner.name: {
                service: round(memory_of(process.pid)["Pss"] / 1024, 1) for service, process in corner.processes.items()
            }
            for corner in growth.corners
        }
        plans = growth.plans()
        for corner in growth.corners:
            for engine in (*corner.engines.values(), corner.audit_tools.transaction.engine):
                engine.dispose()
    return _outcome(growth, memory, plans)


def _outcome(growth: Growth, memory: dict[str, Any], plans: dict[str, dict[str, Any]]) -> Outcome:
    small, large = growth.corners[0].name, growth.corners[-1].name
    names = dict.fromkeys(name for name, _ in growth.seconds)
    figures = [
        Figure(
            f"all of one case, {large} beside {small}", "ms", growth.of_one_case(large), growth.of_one_case(small), GOAL
        )
    ]
    figures += [
        Figure(f"{name}, {large} beside {small}", "ms", growth.seconds[name, large], growth.seconds[name, small], GOAL)
        for name in names
    ]
    figures += [
        Figure(f"{name}: pages", "pages", [plans[large][name]["pages"]], [plans[small][name]["pages"]])
        for name in names
    ]
    figures += [
        Figure(f"memory of {service} api", "MiB", [memory[large][service]], [memory[small][service]])
        for service in ("drafting", "audit")
    ]
    notes = {
        "medians_ms": {f"{name}, {corner}": each for (name, corner), each in growth.seconds.items()},
        "memory_mib": memory,
        "plans": plans,
        "scans_of_growing_tables": {
            f"{corner}, {name}": found["scans"]
            for corner, by_name in plans.items()
            for name, found in by_name.items()
            if found["scans"]
        },
    }
    parameters = vars(growth.size) | {"waiting_jobs": WAITING_JOBS, "page": PAGE, "of_one_case": OF_ONE_CASE}
    return Outcome("growth", parameters, figures, notes)

# SPDX-License-Identifier: EUPL-1.2
"""How fast events go, and how long each is on its way.

A request opens a case in drafting and announces two events; each becomes an entry in audit's log. Beside it, programs
without the platform write the same rows through the same broker and the same server (`raw_events.py`).
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import psycopg

from evaluation.load.bare_api import Recorded, bare_process
from evaluation.load.callers import Callers, crowd, once, request
from evaluation.load.casework import CASE, content, opened
from evaluation.load.ground import Ground, plain, standing
from evaluation.load.outcome import Figure, Goal, Outcome, percentile
from evaluation.load.raw_events import TOPIC, Pattern, Sent, consume, relay, write
from evaluation.load.recorded import recording, served_here
from evaluation.load.statements import Statement
from kernel.events import Delivery
from kernel.identity import Role, new_id
from kernel.inbox import handle_once
from kernel.kafka.topics import Topic, create, declared
from kernel.relay import LOCK

EVENTS_A_CASE = 2
ALL_SIDES = ("ours", "raw", "raw behind a route")
LONGEST_SECONDS = 300
START_SECONDS = 180
# How the baseline's consumer may commit: each event by itself, or all that a poll brought.
EACH, POLL = 1, 10**6
SPAWN = multiprocessing.get_context("spawn")
GOAL_RATE, GOAL_DELAY = Goal(least=0.5), Goal(most=3.0)


@dataclass(frozen=True)
class Size:
    cases: int = 500
    events: int = 2000
    paced_seconds: int = 10
    repetitions: int = 3
    connections: int = 16


QUICK = Size(cases=40, events=100, paced_seconds=2, repetitions=1)


@dataclass
class Path:
    """One way from a sender's outbox to a receiver's log, seen from outside: two databases that one may look into."""

    sender: psycopg.Connection[Any]
    receiver: psycopg.Connection[Any]

    def entries(self) -> int:
        return int(self.receiver.execute("SELECT coalesce(max(size), 0) FROM logs").fetchall()[0][0])

    def effects(self, after: int, expected: int) -> list[tuple[str, float]]:
        """Case and time of commit of each entry from there on, once there are so many."""
        deadline = time.monotonic() + LONGEST_SECONDS
        while (found := self.entries() - after) < expected:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{found} of {expected} events took effect")
            time.sleep(0.1)
        committed = "extract(epoch FROM pg_xact_commit_timestamp(xmin))::float8"
        query = f'SELECT case_id, {committed} FROM entries WHERE "index" >= %s'  # noqa: S608 — two words of this file
        return self.receiver.execute(query, [after]).fetchall()

    def drained(self, announcement: Pattern, events: int) -> float:
        """Events a second from a full outbox to their effects; the relay is held back until the outbox is full."""
        after = self.entries()
        self.sender.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        with self.sender.transaction(), self.sender.cursor() as cursor:
            for _ in range(events):
                for each in announcement.again()[1]:
                    each.run(cursor)
        begun = time.time()
        self.sender.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
        return events / (max(at for _, at in self.effects(after, events)) - begun)


@dataclass
class Found:
    """One value for each repetition, by measure and side."""

    values: dict[tuple[str, str], list[float]] = field(default_factory=dict)

    def add(self, measure: str, side: str, value: float) -> None:
        self.values.setdefault((measure, side), []).append(value)

    def figure(self, measure: str, label: str, unit: str, goal: Goal | None = None, beside: str = "raw") -> Figure:
        return Figure(label, unit, self.values[measure, "ours"], self.values.get((measure, beside), ()), goal)


@dataclass
class Race:
    """Both sides on one ground, and what they are given to do."""

    ground: Ground
    size: Size
    callers: Callers
    writer: ProcessPoolExecutor
    databases: Mapping[str, Mapping[str, str]]
    case: Pattern
    announcement: Pattern
    bare_port: int
    found: Found = field(default_factory=Found)
    busy: list[float] = field(default_factory=list)
    pace: float = 0.0
    commits: float = 1.0

    def __post_init__(self) -> None:
        self.ours = Path(self.ground.administrator("drafting"), self.ground.administrator("audit"))
        self.raw = Path(self.ground.administrator("raw_drafting"), self.ground.administrator("raw_audit"))
        self.token = self.ground.token(self.ground.tenant_ids[0], Role.CASEWORKER)
        self.port = next(each.port for each in self.ground.processes if each.role == "api")

    def run(self, effect: Pattern) -> None:
        """The baseline commits as the platform does; what the other way would give is measured too."""
        self._whole(self.size.cases // 4, ("ours",), keep=False)
        self.commits = self._commits_an_event()
        same, other = (EACH, POLL) if self.commits > 0.9 else (POLL, EACH)
        with self._raw_running(effect, events_a_commit=same):
            self._whole(self.size.cases // 4, ALL_SIDES[1:], keep=False)
            for _ in range(self.size.repetitions):
                self._whole(self.size.cases)
                self._without_http()
            self.pace = min(self.found.values["whole", "ours"]) / EVENTS_A_CASE / 2
            for _ in range(self.size.repetitions):
                self._paced(self.pace)
        with self._raw_running(effect, events_a_commit=other):
            for _ in range(self.size.repetitions):
                self.found.add("drained", "raw, otherwise", self.raw.drained(self.announcement, self.size.events))

    def _commits_an_event(self) -> float:
        """Entries of one transaction have its number in common."""
        after = self.ours.entries()
        self.ours.drained(self.announcement, self.size.events // 4)
        distinct = 'SELECT count(DISTINCT xmin::text)::float8 / count(*) FROM entries WHERE "index" >= %s'
        return float(self.ours.receiver.execute(distinct, [after]).fetchall()[0][0])

    def _sides(self) -> dict[str, tuple[Path, Callable[..., list[Sent]]]]:
        return {
            "ours": (self.ours, self._by_http),
            "raw": (self.raw, self._by_hand),
            "raw behind a route": (self.raw, self._by_bare_route),
        }

    def _whole(self, cases: int, sides: Sequence[str] = ALL_SIDES, *, keep: bool = True) -> None:
        """As fast as both can: rate from the first request to the last effect."""
        for side in sides:
            path, send = self._sides()[side]
            after = path.entries()
            sent = send(cases)
            effects = path.effects(after, cases * EVENTS_A_CASE)
            if keep:
                rate = len(effects) / (max(at for _, at in effects) - min(each.due for each in sent))
                self.found.add("whole", side, rate)

    def _without_http(self) -> None:
        for side, path in (("ours", self.ours), ("raw", self.raw)):
            self.found.add("drained", side, path.drained(self.announcement, self.size.events))

    def _paced(self, pace: float) -> None:
        """At a pace that both keep up with, so that what is timed is the way and not the queue."""
        cases = max(10, int(pace * self.size.paced_seconds))
        for side, (path, send) in self._sides().items():
            after = path.entries()
            due = {each.case_id: each.due for each in send(cases, pace)}
            delays = [at - due[case_id] for case_id, at in path.effects(after, cases * EVENTS_A_CASE)]
            for share in (0.5, 0.99):
                self.found.add(f"p{share * 100:.0f}", side, percentile(delays, share) * 1000)

    def _by_http(self, cases: int, pace: float = 0) -> list[Sent]:
        calls = [request("POST", "/drafting/v1/cases", self.token, CASE, new_id()) for _ in range(cases)]
        # At a slow pace few are enough, and the server lets go of a connection that nobody used for some seconds.
        connections = min(self.size.connections, max(2, int(2 * pace))) if pace else self.size.connections
        crowd = self.callers.call(self.port, calls, connections, pace)
        self.busy += crowd.busy
        return [Sent(opened(each), each.due) for each in crowd.answers]

    def _by_bare_route(self, cases: int, pace: float = 0) -> list[Sent]:
        calls = [request("POST", "/cases", "", CASE, new_id()) for _ in range(cases)]
        connections = min(self.size.connections, max(2, int(2 * pace))) if pace else self.size.connections
        return [
            Sent(opened(each), each.due) for each in self.callers.call(self.bare_port, calls, connections, pace).answers
        ]

    def _by_hand(self, cases: int, pace: float = 0) -> list[Sent]:
        url = plain(self.databases["raw_drafting"]["admin"])
        return self.writer.submit(write, url, self.case, cases, self.size.connections, pace).result()

    @contextmanager
    def _raw_running(self, effect: Pattern, *, events_a_commit: int) -> Iterator[None]:
        stopped, ready, kafka = SPAWN.Event(), SPAWN.Event(), self.ground.kafka_settings
        sender, receiver = (plain(self.databases[each]["admin"]) for each in ("raw_drafting", "raw_audit"))
        given = {"events_a_commit": events_a_commit}
        running = [
            SPAWN.Process(target=relay, args=(sender, kafka, stopped)),
            SPAWN.Process(target=consume, args=(receiver, kafka, effect, stopped, ready), kwargs=given),
        ]
        for each in running:
            each.start()
        if not ready.wait(START_SECONDS):
            raise TimeoutError("the baseline's consumer got no partitions")
        try:
            yield
        finally:
            stopped.set()
            for each in running:
                each.join(20)


def measured(size: Size) -> Outcome:
    with standing(with_kafka=True) as ground:
        create([Topic(TOPIC, 3, 1, {}), *declared(["drafting.v1", "audit.v1"], ground.kafka_settings)],
               ground.kafka_settings)  # fmt: skip
        databases = _databases(ground)
        case, announcement, answer = case_pattern(ground, databases["drafting"])
        effect = effect_pattern(ground, databases["audit"], announcement)
        for service, role in (("drafting", "api"), ("drafting", "relay"), ("audit", "consumer")):
            ground.process(service, role, databases[service])
        ground.wait_until_ready()
        _first_log(ground)
        bare, url = Recorded(case, answer), plain(databases["raw_drafting"]["admin"])
        with (
            crowd() as callers,
            ProcessPoolExecutor(1, mp_context=SPAWN) as writer,
            bare_process(url, bare, bare) as bare_port,
        ):
            race = Race(ground, size, callers, writer, databases, case, announcement, bare_port)
            race.run(effect)
    return _outcome(race)


def _databases(ground: Ground) -> dict[str, dict[str, str]]:
    made = {each: ground.database(each, each) for each in ("drafting", "audit")}
    for each in ("drafting", "audit"):
        raw = f"raw_{each}"
        made[raw] = ground.database(each, raw)
        # Past row-level security, which is the platform's own.
        made[raw]["admin"] = ground.postgres.admin_url.rpartition("/")[0] + f"/{raw}"
    return made


def case_pattern(ground: Ground, database: Mapping[str, str]) -> tuple[Pattern, Pattern, dict[str, object]]:
    """What opening a case writes, of that what announces its first event, and what is answered."""
    key = new_id()
    token = ground.token(ground.tenant_ids[0], Role.CASEWORKER)
    with served_here(ground, "drafting", database) as here:
        once(here.port, request("POST", "/drafting/v1/cases", token, CASE, new_id()))
        with recording(here.engine) as sent:
            answer = content(once(here.port, request("POST", "/drafting/v1/cases", token, CASE, key)))
    writes = [each for each in sent if each.is_write]
    announced = [Statement(each.sql, row) for each in writes if "INTO outbox" in each.sql for row in each.rows]
    case_id = str(answer["id"])
    ids = [case_id, key, *(each.parameters["id"] for each in announced)]
    with ground.administrator("drafting") as looking:
        # Nobody has relayed yet: what was announced so far is no part of the measurement.
        looking.execute("DELETE FROM outbox")
    return Pattern(writes, ids), Pattern(announced[:1], [case_id, announced[0].parameters["id"]]), answer


def effect_pattern(ground: Ground, database: Mapping[str, str], announcement: Pattern) -> Pattern:
    """What one event writes in audit's database, once the log is there."""
    from services.audit.service import SERVICE, build_tools  # noqa: PLC0415 — a baseline's process has no use for it

    announced = announcement.statements[0].parameters
    tools = build_tools(ground.settings("audit", database))

    def receive(event_id: str) -> None:
        given = {name: announced[name] for name in ("type", "source", "subject", "tenant_id", "key", "data")}
        handle_once(Delivery(event_id, time=datetime.now(UTC), **given), SERVICE.handlers, tools.transaction, tools)

    receive(new_id())
    event_id = new_id()
    with recording(tools.transaction.engine) as sent:
        receive(event_id)
    tools.transaction.engine.dispose()
    return Pattern([each for each in sent if each.is_write], [announced["key"], event_id])


def _first_log(ground: Ground) -> None:
    """The baseline's log has its row already, as the platform's has by now."""
    with ground.administrator("raw_audit") as raw:
        raw.execute("INSERT INTO logs VALUES (%s, 0, '')", [ground.tenant_ids[0]])


def _outcome(race: Race) -> Outcome:
    found, size = race.found, race.size
    figures = [
        found.figure("whole", "event path, HTTP → effect", "events/s", GOAL_RATE),
        found.figure("whole", "… beside a baseline behind a bare route", "events/s", beside="raw behind a route"),
        found.figure("drained", "event path, outbox → effect", "events/s", GOAL_RATE),
        found.figure("drained", "… beside a baseline that commits otherwise", "events/s", beside="raw, otherwise"),
        found.figure("p50", "event path, HTTP → effect, p50", "ms"),
        found.figure("p99", "event path, HTTP → effect, p99", "ms", GOAL_DELAY),
        found.figure("p99", "… beside a baseline behind a bare route", "ms", beside="raw behind a route"),
    ]
    parameters = vars(size) | {"events_a_case": EVENTS_A_CASE}
    notes = {
        "commits_an_event": round(race.commits, 3),
        "baseline_commits": "each event" if race.commits > 0.9 else "what a poll brought",
        "paced_cases_a_second": round(race.pace, 1),
        "share_of_a_core_used_by_each_caller": race.busy,
    }
    return Outcome("event-path", parameters, figures, notes)

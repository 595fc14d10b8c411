# SPDX-License-Identifier: EUPL-1.2
"""How long fifty callers at once wait for an answer.

Reading a case and opening one, beside bare routes that send the same statements to the same server (`bare_api.py`).
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from evaluation.load.bare_api import CONNECTIONS, Recorded, bare_process
from evaluation.load.callers import Callers, Crowd, crowd, once, request
from evaluation.load.casework import CASE, content
from evaluation.load.ground import Ground, plain, standing
from evaluation.load.outcome import Figure, Goal, Outcome, percentile
from evaluation.load.raw_events import Pattern
from evaluation.load.recorded import recording, served_here
from evaluation.load.statements import Statement
from kernel.identity import Identity, Role, new_id

GOAL = Goal(most=2.0)
CASES = "/drafting/v1/cases"


@dataclass(frozen=True)
class Size:
    callers: int = 50
    calls: int = 1000
    repetitions: int = 3
    token_checks: int = 300


QUICK = Size(calls=100, repetitions=1, token_checks=30)


@dataclass
class Contest:
    size: Size
    callers: Callers
    # Side → port, and side → route → the bytes of a new request.
    ports: Mapping[str, int]
    requests: Mapping[str, Mapping[str, Callable[[], bytes]]]
    values: dict[tuple[str, str, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    busy: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def run(self) -> None:
        self._once(self.size.calls // 5, keep=False)
        for _ in range(self.size.repetitions):
            self._once(self.size.calls)

    def _once(self, calls: int, *, keep: bool = True) -> None:
        for route in ("read a case", "open a case"):
            for side, port in self.ports.items():
                made = [self.requests[side][route]() for _ in range(calls)]
                got = self.callers.call(port, made, self.size.callers)
                for each in got.answers:
                    content(each)
                if keep:
                    self._keep(route, side, got)

    def _keep(self, route: str, side: str, got: Crowd) -> None:
        seconds = [each.seconds for each in got.answers]
        self.values[route, side, "p50"].append(percentile(seconds, 0.5) * 1000)
        self.values[route, side, "p99"].append(percentile(seconds, 0.99) * 1000)
        self.values[route, side, "rate"].append(got.per_second)
        self.busy[f"{route}, {side}"] += got.busy

    def figure(self, route: str, what: str, unit: str, goal: Goal | None = None) -> Figure:
        ours, bare = (self.values[route, side, what] for side in ("ours", "bare"))
        return Figure(f"{route}, {self.size.callers} callers, {what}", unit, ours, bare, goal)


def measured(size: Size) -> Outcome:
    with standing() as ground, crowd() as callers:
        database = ground.database("drafting", "drafting")
        token = ground.token(ground.tenant_ids[0], Role.CASEWORKER)
        read, opened = recorded(ground, database, token)
        ours = ground.process("drafting", "api", database)
        ground.wait_until_ready()
        with bare_process(plain(database["database_url"]), read, opened) as bare_port:
            case_id = str(opened.answer["id"])
            requests: dict[str, dict[str, Callable[[], bytes]]] = {
                "ours": {
                    "read a case": lambda: request("GET", f"{CASES}/{case_id}", token),
                    "open a case": lambda: request("POST", CASES, token, CASE, new_id()),
                },
                "bare": {
                    "read a case": lambda: request("GET", f"/cases/{case_id}", ""),
                    "open a case": lambda: request("POST", "/cases", "", CASE, new_id()),
                },
            }
            contest = Contest(size, callers, {"ours": ours.port, "bare": bare_port}, requests)
            contest.run()
            most = callers.call(bare_port, [request("GET", "/nothing", "")] * size.calls, size.callers)
        checks = token_check_ms(ground, token, size.token_checks)
    return _outcome(contest, most, checks)


def recorded(ground: Ground, database: Mapping[str, str], token: str) -> tuple[Recorded, Recorded]:
    """What reading and opening a case send to the database, once everything that is read once has been read."""
    with served_here(ground, "drafting", database) as here:

        def sent(method: str, path: str, body: bytes = b"", key: str = "") -> tuple[list[Statement], Any]:
            with recording(here.engine) as found:
                answer = once(here.port, request(method, path, token, body, key))
            return found, content(answer)

        sent("POST", CASES, CASE, new_id())
        key = new_id()
        statements, case = sent("POST", CASES, CASE, key)
        opened = Recorded(Pattern(statements, [case["id"], key, *_announced(statements)]), case)
        statements, view = sent("GET", f"{CASES}/{case['id']}")
        # The case that is read stays the one that is there; only the event is new.
        read = Recorded(Pattern(statements, _announced(statements)), view)
    return read, opened


def _announced(statements: list[Statement]) -> list[str]:
    return [row["id"] for each in statements if "INTO outbox" in each.sql for row in each.rows]


def token_check_ms(ground: Ground, token: str, times: int) -> float:
    """What the bare routes do without: milliseconds of one core."""
    identity = Identity(ground.keyring)
    identity.actor(token)
    begun = time.perf_counter()
    for _ in range(times):
        identity.actor(token)
    return (time.perf_counter() - begun) / times * 1000


def _outcome(contest: Contest, most: Crowd, token_check: float) -> Outcome:
    figures = [
        contest.figure(route, what, unit, goal)
        for route in ("read a case", "open a case")
        for what, unit, goal in (("p99", "ms", GOAL), ("p50", "ms", None), ("rate", "answers/s", None))
    ]
    notes = {
        "token_check_ms": round(token_check, 3),
        "share_of_a_core_used_by_each_caller": contest.busy,
        "answers_a_second_from_a_route_that_does_nothing": round(most.per_second),
    }
    return Outcome("api", vars(contest.size) | {"connections": CONNECTIONS}, figures, notes)

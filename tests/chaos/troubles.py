# SPDX-License-Identifier: EUPL-1.2
"""The run: every cell of the matrix on one site, many stories at once, and what came of each."""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count, cycle

import httpx2

from tests.chaos.rows import AWAY, CADDY, HELD, KILLED, SLOW, Cell
from tests.chaos.servers import Server, ServerRow, servers_of
from tests.chaos.stage import Stage
from tests.chaos.story import CASE_STEPS, MANAGEMENT, Blow, Tale, Teller, steps_with
from tests.end_to_end.home_visit import RETRIEVAL

AT_ONCE = 4
PROCESS_BACK_SECONDS = 60
# A lease of 30 s, a consumer's longest wait of 30 s, a job's next attempt after another 30, and the story itself.
STORY_AGAIN_SECONDS = 120
SLOW_FOR_SECONDS = 15


@dataclass
class Outcome:
    """What came of a cell: empty `trouble` when the platform kept its word."""

    cell: Cell
    tales: list[Tale]
    seconds: float = 0
    told: str = ""
    trouble: str = ""

    @property
    def held(self) -> bool:
        return not self.troubles

    @property
    def troubles(self) -> list[str]:
        return [
            each
            for each in (self.trouble, *(f"{tale.name}: {tale.trouble}" * bool(tale.trouble) for tale in self.tales))
            if each
        ]


@dataclass
class Run:
    """`outcomes` holds what is known so far; a cell that could not be tried says why."""

    stage: Stage
    teller: Teller
    outcomes: dict[Cell, Outcome] = field(default_factory=dict)
    _names: Iterator[int] = field(default_factory=count)

    # -- processes ------------------------------------------------------------------------------------------------

    def kill_processes(self, cells: Sequence[Cell]) -> None:
        """Several stories at once, each with its own blow; a process that is on its way back is not struck again."""
        waiting: queue.SimpleQueue[Cell] = queue.SimpleQueue()
        for each in cells:
            waiting.put(each)
        locks = {each.row: threading.Lock() for each in cells}

        def tell() -> None:
            while True:
                try:
                    cell = waiting.get_nowait()
                except queue.Empty:
                    return
                with locks[cell.row]:
                    self._struck(cell)

        tellers = [threading.Thread(target=tell, name=f"teller {number}", daemon=True) for number in range(AT_ONCE)]
        for one in tellers:
            one.start()
        for one in tellers:
            one.join()

    def _struck(self, cell: Cell) -> None:
        strike = self._kill_caddy if cell.row == CADDY else lambda: self._kill_process(cell.row)
        tale = self.teller.tell(Tale(str(cell), steps_with(cell.column), Blow(cell.column, strike)))
        self._note(Outcome(cell, [tale], tale.recovered_seconds))

    def _kill_process(self, name: str) -> float:
        process = self.stage.process(name)
        starts = process.starts
        os.kill(process.pid, signal.SIGKILL)
        return self.stage.until_back(process, starts, PROCESS_BACK_SECONDS)

    def _kill_caddy(self) -> float:
        begun = time.monotonic()
        caddy = Server(ServerRow(CADDY, "caddy", ()), self.stage, self.stage.site.caddy)
        self.teller.judge.may_be_unreachable += 1
        try:
            former = caddy.pid
            caddy.kill()
            caddy.until_back(former)
            return time.monotonic() - begun
        finally:
            # Whoever had its connection reset hears of it within the second.
            time.sleep(1)
            self.teller.judge.may_be_unreachable -= 1

    # -- servers --------------------------------------------------------------------------------------------------

    def kill_servers(self, servers: Sequence[Server]) -> None:
        """All of them at once, while stories are told."""
        with self._load(servers) as tales:
            begun = time.monotonic()
            former = [each.pid for each in servers]
            for each in servers:
                each.kill()
            for each, pid in zip(servers, former, strict=True):
                each.until_back(pid)
            found = self._story_again(servers)
        for each in servers:
            self._note(Outcome(Cell(each.kind.row, KILLED), [*tales, *found], time.monotonic() - begun))

    def take_away(self, servers: Sequence[Server], seconds: float) -> None:
        """Away for so long; `told` keeps what callers, and whoever looks at `/readyz`, learnt of it."""
        with self._load(servers) as tales:
            before = self.teller.judge.told.copy()
            with ExitStack() as stack:
                for each in servers:
                    stack.enter_context(each.away())
                time.sleep(seconds / 2)
                said = f"{self.readiness()}; a search is answered {self._search()}"
                time.sleep(seconds / 2)
            begun = time.monotonic()
            found = self._story_again(servers)
            took = time.monotonic() - begun
        told = self.teller.judge.told - before
        answers = ", ".join(f"{kind} {times}×" for kind, times in sorted(told.items()))
        instead = ", ".join(sorted({told for tale in tales for told in tale.told if not told.startswith("model: ")}))
        heard = "; ".join(filter(None, (f"{seconds:.0f} s", said, answers, instead)))
        for each in servers:
            self._note(Outcome(Cell(each.kind.row, AWAY), [*tales, *found], took, heard))

    def slow_down(self, servers: Sequence[Server]) -> None:
        with self._load(servers) as tales:
            with ExitStack() as stack:
                for each in servers:
                    stack.enter_context(each.slow())
                time.sleep(SLOW_FOR_SECONDS)
            begun = time.monotonic()
            found = self._story_again(servers)
            took = time.monotonic() - begun
        for each in servers:
            self._note(Outcome(Cell(each.kind.row, SLOW), [*tales, *found], took))

    def others(self, troubles: Mapping[str, Callable[[], tuple[float, str]]]) -> None:
        """Troubles of their own kind, which do not touch each other: all at once, while stories are told.

        Each returns how many seconds it took to be over, and what was seen.
        """

        def met(row: str) -> Outcome:
            outcome = Outcome(Cell(row, HELD), [])
            try:
                outcome.seconds, outcome.told = troubles[row]()
            except Exception as trouble:  # noqa: BLE001 — the outcome of a cell, whatever it is
                outcome.trouble = f"{type(trouble).__name__}: {trouble}"
            return outcome

        with self._load([]) as tales, ThreadPoolExecutor(len(troubles)) as at_once:
            found = list(at_once.map(met, troubles))
            afterwards = self._story_again([])
        for each in found:
            each.tales += [*afterwards, *tales]
            self._note(each)

    def _search(self) -> str:
        """What somebody is told who searches the guidelines now; judged like every answer."""
        who, asked = self.teller.caller("staff", MANAGEMENT), {"query": "Hur ofta ges hjälp med snöskottning?"}
        answer = who.once("POST", f"{RETRIEVAL}/search", {}, json=asked)
        return "with nothing" if answer is None else f"{answer.status_code} {answer.json().get('type', '')}".strip()

    def skip(self, cell: Cell, why: str) -> None:
        self.outcomes[cell] = Outcome(cell, [], told=f"not tried: {why}")

    def servers(self) -> dict[str, Server]:
        return servers_of(self.stage)

    def readiness(self) -> str:
        """What `/readyz` in front says is away, part by part."""
        answer = httpx2.get(f"{self.stage.base}/readyz", timeout=15)
        away: dict[str, list[str]] = answer.json()["away"]
        missing = sorted({name for names in away.values() for name in names})
        return f"/readyz {answer.status_code} without {', '.join(missing)}" if missing else "/readyz 200"

    def until_ready(self, seconds: float = STORY_AGAIN_SECONDS) -> None:
        deadline = time.monotonic() + seconds
        while (said := self.readiness()) != "/readyz 200":
            if time.monotonic() > deadline:
                raise TimeoutError(f"{said} after {seconds:.0f} s")
            time.sleep(0.3)

    # -- stories beside ---------------------------------------------------------------------------------------------

    def tale(self, what: str, steps: tuple[str, ...]) -> Tale:
        return self.teller.tell(Tale(f"{what} {next(self._names)}", steps))

    def _story_again(self, servers: Sequence[Server]) -> list[Tale]:
        """The first whole story after it is over, for each kind of story that needed what was away."""
        kinds = {each.kind.story for each in servers} or {CASE_STEPS}
        with ThreadPoolExecutor(len(kinds)) as at_once:
            found = list(at_once.map(lambda each: self.tale("afterwards", each), sorted(kinds)))
        self.until_ready()
        return found

    @contextmanager
    def _load(self, servers: Sequence[Server]) -> Iterator[list[Tale]]:
        """Stories told one after the other from two threads until the end of the block; all are told to their end."""
        enough, tales = threading.Event(), list[Tale]()
        kinds = [each.kind.story for each in servers]

        def tell(steps: Iterator[tuple[str, ...]]) -> None:
            while not enough.is_set():
                tales.append(self.tale("beside", next(steps)))

        with ExitStack() as stack:
            for own in (cycle([CASE_STEPS]), cycle(kinds or [CASE_STEPS])):
                telling = threading.Thread(target=tell, args=(own,), daemon=True)
                telling.start()
                stack.callback(telling.join)
            stack.callback(enough.set)
            time.sleep(1.5)
            yield tales

    def _note(self, outcome: Outcome) -> None:
        self.outcomes[outcome.cell] = outcome
        how = "held" if outcome.held else f"NOT HELD: {'; '.join(outcome.troubles)}"
        sys.stderr.write(f"{time.strftime('%H:%M:%S')} {outcome.cell}: {how}, {outcome.seconds:.1f} s {outcome.told}\n")

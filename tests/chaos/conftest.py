# SPDX-License-Identifier: EUPL-1.2
"""One site for the whole matrix, and the run of it that all tests look at.

`CHAOS=full` tries every cell, otherwise one of each row drawn from `SEED`. `CHAOS_REPORT` names a file for the tables.
"""

from __future__ import annotations

import os
import platform
import random
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from embedded.rest import Person
from tests.chaos.answers import Judge
from tests.chaos.checks import Ledger, note_of
from tests.chaos.others import all_of_them, mounted, unmounted
from tests.chaos.report import tables
from tests.chaos.rows import HELD, OTHER, Cell, cells_of_processes, one_of_each_row
from tests.chaos.stage import Stage
from tests.chaos.story import CASEWORK, FORECAST, GUIDELINE, MANAGEMENT, UPLOAD, Teller, steps_with
from tests.chaos.troubles import Run
from tests.end_to_end.conftest import require_servers
from tests.real_servers import or_skipped
from tests.sound import first_seconds

FULL = os.environ.get("CHAOS") == "full"
SEED = int(os.environ.get("SEED", "20261122"))
AWAY_SECONDS = (20, 60)
SECONDS_OF_SOUND = 8
DISKS = {"postgres": "1500m", "kafka": "700m", "transcription": "96m", "s3": "96m"}
# Alone, since stories of every kind lean on them.
CORE = ("Kafka", "PostgreSQL")
ALONE = (*CORE, "Redis", "model endpoint")


SAID = pytest.StashKey[str]()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """The tables, whether the run held or not."""
    if said := config.stash.get(SAID, ""):
        terminalreporter.section("crash matrix")
        terminalreporter.write(said)


@dataclass
class Matrix:
    """What came of a run."""

    run: Run
    ledger: Ledger
    judge: Judge
    folder: Path


@pytest.fixture(scope="session")
def state() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="underlag-chaos-"))
    folder.chmod(0o755)
    yield folder
    if os.environ.get("CHAOS_KEEP") != "1":
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def sound() -> bytes:
    return first_seconds(SECONDS_OF_SOUND)


@pytest.fixture(scope="session")
def disks(state: Path) -> Iterator[dict[str, Path]]:
    """Small disks for the folders that shall be full, where this user may mount them."""
    wanted = {name: state / "site" / name for name in DISKS}
    (state / "site").mkdir()
    made = {name: folder for name, folder in wanted.items() if mounted(folder, DISKS[name])}
    yield made
    for folder in made.values():
        unmounted(folder)


@pytest.fixture(scope="session")
def stage(state: Path, disks: dict[str, Path]) -> Iterator[Stage]:
    require_servers()
    stage = Stage(state / "site")
    try:
        with or_skipped():
            stage.start()
        yield stage
    finally:
        stage.stop()


@pytest.fixture(scope="session")
def matrix(stage: Stage, sound: bytes, disks: dict[str, Path], state: Path, request: pytest.FixtureRequest) -> Matrix:
    begun, judge = time.monotonic(), Judge()
    teller = Teller(stage.base, judge, sound, random.Random(SEED))
    run = Run(stage, teller)
    ledger = Ledger(stage, teller.book)
    for steps in (steps_with(each) for each in (UPLOAD, GUIDELINE, FORECAST)):
        assert not (told := run.tale("before", steps)).trouble, told.trouble
    for tenant in (CASEWORK, MANAGEMENT):
        ledger.earlier[tenant] = note_of(Person.signed_in(stage.base, f"auditor@{tenant}"))
    _go_through(run, disks, random.Random(SEED))
    ledger.read()
    _report(request.config, run, time.monotonic() - begun)
    return Matrix(run, ledger, judge, state)


def _go_through(run: Run, disks: dict[str, Path], chance: random.Random) -> None:
    cells = cells_of_processes()
    run.kill_processes(cells if FULL else one_of_each_row(cells, SEED))
    _servers(run, chance)
    _others(run, disks)
    assert {each.row for each in run.outcomes if each.column == HELD} == set(OTHER)


def _others(run: Run, disks: dict[str, Path]) -> None:
    """What fills a disk that this user may not mount is not tried."""
    recordings = "s3" if "object storage" in run.servers() else "transcription"
    for group in all_of_them(recordings):
        can = {row: (disk, meet) for row, (disk, meet) in group.items() if not disk or disk in disks}
        for row in group.keys() - can.keys():
            run.skip(Cell(row, HELD), "this user may not mount a small disk")
        if can:
            run.others({row: partial(meet, run, disks.get(disk, Path())) for row, (disk, meet) in can.items()})


def _servers(run: Run, chance: random.Random) -> None:
    """Those that everything leans on one by one, those that lean on nothing of each other's together."""
    servers = run.servers()
    together = [each for row, each in servers.items() if row not in (ALONE if FULL else CORE)]
    for group in [*([servers[each]] for each in (ALONE if FULL else CORE)), together]:
        run.kill_servers(group)
        if FULL:
            run.take_away(group, chance.uniform(*AWAY_SECONDS))
            run.slow_down(group)


def _report(config: pytest.Config, run: Run, seconds: float) -> None:
    held = sum(each.held for each in run.outcomes.values())
    tales = len(run.teller.book)
    told = ", ".join(f"{kind} {times}×" for kind, times in run.teller.judge.told.most_common()) or "none"
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    said = (
        f"{time.strftime('%Y-%m-%d')}, {machine}, seed {SEED}, {'full' if FULL else 'bounded'}: {held} of "
        f"{len(run.outcomes)} cells held, {tales} stories, {seconds:.0f} s. Answers that told of something away, all "
        f"asked again: {told}.\n\n{tables(run.outcomes)}"
    )
    config.stash[SAID] = said
    if path := os.environ.get("CHAOS_REPORT"):
        Path(path).write_text(said, "utf-8")

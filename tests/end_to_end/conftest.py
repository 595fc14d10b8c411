# SPDX-License-Identifier: EUPL-1.2
"""A platform started the way a person starts it, shared by all stories of a run.

`UNDERLAG_ON=cluster` tells the same stories on real servers; those that start an embedded platform of their own are
left to the run on `embedded`. `UNDERLAG_BASE` names a platform that runs already.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from embedded.process import CLUSTER, EMBEDDED, PlatformProcess
from embedded.rest import Person
from tests.end_to_end.span_sink import Sink, listening

ROOT = Path(__file__).parents[2]
ON_CLUSTER = os.environ.get("UNDERLAG_ON") == "cluster"
PROGRAMS_OF_CLUSTER = ("java", "go")
ROLE_PROCESS = re.compile(r"(http://127\.0\.0\.1:\d+)  process")


@dataclass(frozen=True)
class Site:
    """A running platform. Demo users sign in by role and municipality.

    `sink` has its spans; it is None for a platform that somebody else started.
    """

    base: str
    platform: PlatformProcess | None = None
    sink: Sink | None = None

    def sign_in(self, role: str, tenant: str = "ekhamra") -> Person:
        return Person.signed_in(self.base, f"{role}@{tenant}")

    def metrics(self) -> str:
        """Of every process: the cluster names them when it starts, the embedded one is its own."""
        lines = self.platform.said if self.platform else []
        found = [each[1] for line in lines if (each := ROLE_PROCESS.search(line))]
        return "".join(httpx2.get(f"{address}/metrics").text for address in found or [self.base])

    def logs(self) -> str:
        """Everything that any of its processes has written."""
        if self.platform is None:
            return ""
        files = [self.platform.log, *self.platform.state.glob("logs/*.log")]
        return "".join(each.read_text("utf-8", errors="replace") for each in files)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not ON_CLUSTER:
        return
    told = [each for each in items if tells_of_any_platform(each)]
    config.hook.pytest_deselected(items=[each for each in items if each not in told])
    items[:] = told


def tells_of_any_platform(item: pytest.Item) -> bool:
    """Whether the story is told on the platform it is given, or needs one of its own kind."""
    if ROOT / "tests" / "end_to_end" not in item.path.parents:
        return True
    return not {"site", "watched"}.isdisjoint(getattr(item, "fixturenames", ()))


def require_servers() -> None:
    """Skipped where a server cannot be had, and says so; in CI that is a failure."""
    missing = [each for each in PROGRAMS_OF_CLUSTER if shutil.which(each) is None]
    if missing and os.environ.get("CI") != "true":
        pytest.skip(f"the cluster's servers need {' and '.join(missing)}, which this machine has not")


@pytest.fixture(scope="session")
def new_state() -> Iterator[Callable[[], Path]]:
    """Makes empty state folders that an ordinary user can reach, and removes them at the end."""
    made: list[Path] = []

    def make() -> Path:
        folder = Path(tempfile.mkdtemp(prefix="underlag-story-"))
        folder.chmod(0o755)
        made.append(folder)
        return folder / "state"

    yield make
    for each in made:
        shutil.rmtree(each, ignore_errors=True)


@pytest.fixture(scope="session")
def site(new_state: Callable[[], Path]) -> Iterator[Site]:
    """The platform of this run."""
    if base := os.environ.get("UNDERLAG_BASE"):
        yield Site(base)
        return
    if ON_CLUSTER:
        require_servers()
    with listening(Sink()) as sink:
        spans = {f"{each.parent.name.upper()}_OTLP_URL": sink.url for each in ROOT.glob("services/*/service.py")}
        settings = {**spans, "OTEL_BSP_SCHEDULE_DELAY": "200", "LOG_LEVEL": "DEBUG"}
        platform = PlatformProcess(new_state(), environment=settings, program=CLUSTER if ON_CLUSTER else EMBEDDED)
        platform.start()
        try:
            yield Site(platform.base, platform, sink)
        finally:
            assert platform.stop() == 0, "it ends in order when asked to"

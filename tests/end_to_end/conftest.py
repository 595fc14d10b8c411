# SPDX-License-Identifier: EUPL-1.2
"""A platform started the way a person starts it, shared by all stories of a run."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from embedded.process import PlatformProcess
from embedded.rest import Person

ROOT = Path(__file__).parents[2]
RECORDING = ROOT / "tests" / "data" / "home_visit_sv.wav"


@dataclass(frozen=True)
class Site:
    """A running platform. Demo users sign in by role and municipality."""

    base: str

    def sign_in(self, role: str, tenant: str = "ekhamra") -> Person:
        return Person.signed_in(self.base, f"{role}@{tenant}")


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
    """The platform of this run; `UNDERLAG_BASE` names one that runs already."""
    if base := os.environ.get("UNDERLAG_BASE"):
        yield Site(base)
        return
    platform = PlatformProcess(new_state())
    platform.start()
    try:
        yield Site(platform.base)
    finally:
        assert platform.stop() == 0, "it ends in order when asked to"

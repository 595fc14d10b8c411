# SPDX-License-Identifier: EUPL-1.2
"""The import rules of pyproject.toml bite: each violation, planted alone in a copy of the code, is named by its rule.

A rule with a misspelt module name, or a wildcard that matches nothing, passes for ever. So nobody trusts a rule here
that has not been seen to fail.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["root_packages"]
LINTER = Path(sys.executable).parent / "lint-imports"

INDEPENDENT = "A service never imports another service"
KERNEL = "The kernel knows no service and no event"
INWARDS = "Inside a service, imports point inwards, to the domain"
PLAIN = "The domain and its use cases are plain Python"
ONE_DOOR = "Each outside client has one door"


@dataclass(frozen=True)
class Plant:
    """One forbidden line in one module, or (with `line` empty) one module taken away."""

    name: str
    module: str
    line: str
    caught_by: frozenset[str]


def plant(name: str, module: str, line: str, *caught_by: str) -> Plant:
    return Plant(name, module, line, frozenset(caught_by))


PLANTS = (
    plant("nothing", "kernel/errors.py", "import json"),
    plant("drafting imports audit", "services/drafting/service.py", "import services.audit.usecases", INDEPENDENT),
    plant("the domain imports a database library", "services/audit/domain/tree.py", "import sqlalchemy", PLAIN),
    plant("a use case imports the store", "services/audit/usecases.py", "import services.audit.store", INWARDS),
    plant("a use case imports an event", "services/audit/usecases.py", "import contracts.audit.v1", PLAIN),
    plant("the kernel imports an event", "kernel/inbox.py", "import contracts.audit.v1", KERNEL),
    plant("handlers import the HTTP edge", "services/audit/handlers.py", "import services.audit.api", INWARDS),
    plant("events import the store", "services/retrieval/events.py", "import services.retrieval.store", INWARDS),
    plant("a second door to MLflow", "services/forecasting/tasks.py", "import mlflow", ONE_DOOR),
    plant("a broker's client in a service", "services/audit/handlers.py", "import kafka", ONE_DOOR),
    plant("a broker's client beside its door", "kernel/relay.py", "import kafka", ONE_DOOR),
    plant(
        "a service without service.py", "services/audit/service.py", "", "Missing layer in container 'services.audit'"
    ),
)


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """What the linter says to each plant, by the plant's name. They run beside each other: each costs a second."""
    pristine = tmp_path_factory.mktemp("rules") / "pristine"
    _copy_code(pristine)

    def said_to(planted: Plant) -> str:
        folder = pristine.parent / re.sub(r"\W+", "-", planted.name)
        shutil.copytree(pristine, folder)
        _put(planted, folder)
        environment = {**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200"}
        finished = subprocess.run(
            [LINTER, "--no-cache"], cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        return f"exit {finished.returncode}\n{finished.stdout}{finished.stderr}"

    with ThreadPoolExecutor(max_workers=4) as pool:
        return dict(zip((each.name for each in PLANTS), pool.map(said_to, PLANTS), strict=True))


def _copy_code(into: Path) -> None:
    """The modules of the packages that the rules are about, and nothing else: the linter reads, it runs nothing."""
    into.mkdir()
    shutil.copy(ROOT / "pyproject.toml", into)
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            target = into / path.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)


def _put(planted: Plant, folder: Path) -> None:
    path = folder / planted.module
    if planted.line:
        # At the end, since `from __future__` must stay first.
        path.write_text(f"{path.read_text('utf-8')}\n{planted.line}\n", "utf-8")
    else:
        path.unlink()


def broken(said: str) -> set[str]:
    """The rules that the linter calls broken, and what stopped it before it came to them."""
    rules = set(re.findall(r"^(.+) BROKEN\b", said, re.MULTILINE))
    return rules | set(re.findall(r"Missing layer in container '[\w.]+'", said))


@pytest.mark.parametrize("planted", PLANTS, ids=lambda each: each.name)
def test_a_planted_violation_is_named_by_its_rule(planted: Plant, outcomes: Mapping[str, str]) -> None:
    said = outcomes[planted.name]

    assert broken(said) == planted.caught_by, said
    assert said.startswith("exit 1" if planted.caught_by else "exit 0"), said

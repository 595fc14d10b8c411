# SPDX-License-Identifier: EUPL-1.2
"""A part of the platform imports only what its own extra declares, so that its image can leave the rest out.

Every extra is installed on a developer's machine, so an undeclared import works there and fails in the cluster; no
packaging tool tells. This test tells.
"""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
OURS = {"kernel", "contracts", "services", "embedded", "deploy"}
PROVIDED_BY = packages_distributions()
# A folder, and the extra that its image installs beside the dependencies of every process.
PARTS = {f"services/{path.parent.name}": path.parent.name for path in sorted(ROOT.glob("services/*/service.py"))} | {
    "kernel": "",
    "kernel/dispatch": "cluster",
    "kernel/kafka": "cluster",
    "deploy/kafka": "cluster",
    "embedded": "embedded",
}


def declared(extra: str) -> set[str]:
    """The distributions that `pip install underlag[extra]` asks for by name, through extras that name extras."""
    lines = list(PROJECT["dependencies"])
    open_extras, seen = [extra] if extra else [], set[str]()
    while open_extras:
        name = open_extras.pop()
        if name in seen:
            continue
        seen.add(name)
        for line in PROJECT["optional-dependencies"][name]:
            wanted = Requirement(line)
            if wanted.name == PROJECT["name"]:
                open_extras.extend(wanted.extras)
            else:
                lines.append(line)
    return {canonicalize_name(Requirement(line).name) for line in lines}


def imports_of(source: str) -> Iterator[str]:
    """The top-level packages that a module imports, wherever in the module it does so."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import():
                yield from (alias.name.partition(".")[0] for alias in node.names)
            case ast.ImportFrom(module=str() as module, level=0):
                yield module.partition(".")[0]


def undeclared(sources: Iterator[str], extra: str) -> set[str]:
    allowed = declared(extra)
    foreign = {name for source in sources for name in imports_of(source)} - OURS - sys.stdlib_module_names
    return {
        name
        for name in foreign
        if allowed.isdisjoint(canonicalize_name(each) for each in PROVIDED_BY.get(name, [name]))
    }


def sources_of(part: str) -> Iterator[str]:
    """The modules of a part, without those of a part inside it."""
    inner = [ROOT / each for each in PARTS if each.startswith(f"{part}/")]
    for path in sorted((ROOT / part).rglob("*.py")):
        if not any(path.is_relative_to(each) for each in inner):
            yield path.read_text("utf-8")


@pytest.mark.parametrize("folder", PARTS)
def test_every_import_is_declared(folder: str) -> None:
    extra = PARTS[folder]

    found = undeclared(sources_of(folder), extra)

    assert found == set(), f"declare it in pyproject.toml, under [{extra or 'dependencies'}], or do without"


def test_an_import_that_is_installed_but_not_declared_is_found() -> None:
    planted = "def quietly() -> None:\n    import faster_whisper\n"

    assert undeclared(iter([planted]), "audit") == {"faster_whisper"}
    assert undeclared(iter([planted]), "transcription") == set()


def test_every_part_that_is_looked_at_has_modules() -> None:
    assert len([each for each in PARTS if each.startswith("services/")]) >= 5
    assert [each for each in PARTS if not list(sources_of(each))] == []

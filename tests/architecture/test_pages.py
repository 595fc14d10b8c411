# SPDX-License-Identifier: EUPL-1.2
"""What the pages say is there is there: files, functions, links, and the tests that hold the promises.

A page that names a function which was renamed sends its reader astray, so a rename fails here until the page follows.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from glob import glob
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ARCHITECTURE = ROOT / "docs" / "architecture.md"
README = ROOT / "README.md"
CONTRIBUTING = ROOT / "CONTRIBUTING.md"
PAGES = sorted(
    [README, CONTRIBUTING, *ROOT.glob("docs/**/*.md"), *ROOT.glob("services/*/README.md")]
    + [*ROOT.glob("evaluation/**/README.md")]
)
MENTION = re.compile(r"`([\w/.-]+\.py):([A-Za-z_][\w.]*)`")
FILE = re.compile(r"`((?:services|kernel|embedded|tests|deploy|proto|contracts|docs|evaluation)/[\w/.-]*)`")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
PATH_IN_TABLE = re.compile(r"`([\w<>*{},./-]*[/.][\w<>*{},./-]*)`")
TEST_NAME = re.compile(r"`(test_\w+)`")
OUTSIDE = ("http://", "https://", "mailto:", "#")


def section_of(page: Path, heading: str) -> str:
    """The text under a heading, to the next one of its level. Fails when there is no such heading."""
    _, found, after = page.read_text("utf-8").partition(f"\n## {heading}\n")
    assert found, f"{page.name} has no heading {heading!r}"
    return after.split("\n## ")[0]


@cache
def defined_in(path: Path) -> frozenset[str]:
    """Functions and classes of a module, and methods as `Class.method`."""
    names: set[str] = set()
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        if isinstance(node, ast.ClassDef):
            inside = (each for each in node.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef))
            names |= {f"{node.name}.{each.name}" for each in inside}
    return frozenset(names)


def is_there(mention: tuple[str, str]) -> bool:
    path, name = mention
    return (ROOT / path).is_file() and name in defined_in(ROOT / path)


def missing_links(page: Path) -> set[str]:
    targets = (each.partition("#")[0] for each in LINK.findall(page.read_text("utf-8")) if not each.startswith(OUTSIDE))
    return {each for each in targets if not (page.parent / each).exists()}


def pattern_of(path: str) -> str:
    """A path with `<service>` in it stands for any, and `{a,b}` is left to a reader."""
    return re.sub(r"<\w+>", "*", path)


def promises() -> list[str]:
    return re.split(r"\n- ", "\n" + section_of(README, "Promises").split("\n\n- ", 1)[1])


def test_every_function_that_the_architecture_names_exists() -> None:
    mentions = set(MENTION.findall(ARCHITECTURE.read_text("utf-8")))

    assert {f"{path}:{name}" for path, name in mentions if not is_there((path, name))} == set()
    assert len(mentions) > 40, "the walk through the code names each of its steps"


def test_a_function_that_is_not_there_is_noticed() -> None:
    assert is_there(("kernel/store.py", "Work.announce"))
    assert not is_there(("kernel/store.py", "Work.shout"))
    assert not is_there(("kernel/shop.py", "Work"))


@pytest.mark.parametrize("page", PAGES, ids=lambda each: str(each.relative_to(ROOT)))
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    assert missing_links(page) == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda each: str(each.relative_to(ROOT)))
def test_every_function_and_file_that_a_page_names_exists(page: Path) -> None:
    text = page.read_text("utf-8")

    gone = {f"{path}:{name}" for path, name in MENTION.findall(text) if not is_there((path, name))}
    gone |= {each for each in FILE.findall(text) if not (ROOT / each).exists()}

    assert gone == set()


def test_every_line_of_where_a_change_goes_names_what_is_there() -> None:
    lines = [line for line in section_of(CONTRIBUTING, "Where does a change go?").splitlines() if line.startswith("|")]
    named = {line: PATH_IN_TABLE.findall(line) for line in lines[2:]}

    assert [line for line, paths in named.items() if not paths] == []
    assert {each for paths in named.values() for each in paths if not glob(str(ROOT / pattern_of(each)))} == set()
    assert len(named) >= 8


def test_every_promise_names_the_test_that_holds_it() -> None:
    found = promises()

    for promise in found:
        files = [ROOT / each for each in LINK.findall(promise)]
        tests = TEST_NAME.findall(promise)
        assert files and tests, promise
        assert set(tests) <= {name for path in files for name in defined_in(path)}, promise
    assert len(found) >= 12

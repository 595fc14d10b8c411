# SPDX-License-Identifier: EUPL-1.2
"""What the pages say is there is there: files, functions, links, and the tests that hold the promises.

A page that names a function which was renamed sends its reader astray, so a rename fails here until the page follows.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ARCHITECTURE = ROOT / "docs" / "architecture.md"
README = ROOT / "README.md"
CONTRIBUTING = ROOT / "CONTRIBUTING.md"
FOLDERS = ("docs/**/*.md", "services/*/README.md", "evaluation/**/README.md")
PAGES = [README, CONTRIBUTING, *sorted(page for each in FOLDERS for page in ROOT.glob(each))]

MENTION = re.compile(r"`([\w/.-]+\.py):([A-Za-z_][\w.]*)`")
FILE = re.compile(r"`((?:services|kernel|embedded|tests|deploy|proto|contracts|docs|evaluation)/[\w/.-]*)`")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
PATH_IN_TABLE = re.compile(r"`([\w<>*./-]*[/.][\w<>*./-]*)`")
TEST_NAME = re.compile(r"`(test_\w+)`")
OUTSIDE = ("http://", "https://", "mailto:", "#")
DECISION = ("Context", "Decision", "Consequences", "Alternatives", "Enforced by", "Reconsider when")


def under(heading: str, page: Path) -> str:
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


def gone_from(text: str) -> set[str]:
    """The functions and files that a text names and that are not there."""
    functions = {
        f"{path}:{name}"
        for path, name in MENTION.findall(text)
        if not (ROOT / path).is_file() or name not in defined_in(ROOT / path)
    }
    return functions | {each for each in FILE.findall(text) if not (ROOT / each).exists()}


def missing_links(page: Path) -> set[str]:
    targets = (each.partition("#")[0] for each in LINK.findall(page.read_text("utf-8")) if not each.startswith(OUTSIDE))
    return {each for each in targets if not (page.parent / each).exists()}


def lines_that_lead_nowhere(table: str) -> list[str]:
    """Lines of a Markdown table that name no path, or one that is not there. `<service>` stands for any of them."""
    lines = [line for line in table.splitlines() if line.startswith("|")][2:]
    return [line for line in lines if not (paths := PATH_IN_TABLE.findall(line)) or not all(map(is_there, paths))]


def is_there(path: str) -> bool:
    return any(ROOT.glob(re.sub(r"<\w+>", "*", path)))


def unheld(promises: str) -> list[str]:
    """Promises, as a Markdown list, that name no test, or one that none of the files they link to has."""
    found = re.split(r"(?:^|\n)- ", promises)[1:]
    return [each for each in found if not _is_held(each)]


def _is_held(promise: str) -> bool:
    tests = set(TEST_NAME.findall(promise))
    files = [ROOT / each for each in LINK.findall(promise)]
    return bool(tests) and tests <= {name for path in files if path.is_file() for name in defined_in(path)}


def test_the_architecture_names_each_step_of_the_way_by_file_and_function() -> None:
    assert len(set(MENTION.findall(ARCHITECTURE.read_text("utf-8")))) > 60


@pytest.mark.parametrize("page", PAGES, ids=lambda each: str(each.relative_to(ROOT)))
def test_every_function_and_file_that_a_page_names_exists(page: Path) -> None:
    assert gone_from(page.read_text("utf-8")) == set()


def test_a_function_or_file_that_is_not_there_is_found() -> None:
    text = "`kernel/store.py:Work.announce` `kernel/store.py:Work.shout` `kernel/shop.py:Work` `services/audit/x.py`"

    assert gone_from(text) == {"kernel/store.py:Work.shout", "kernel/shop.py:Work", "services/audit/x.py"}


@pytest.mark.parametrize("page", PAGES, ids=lambda each: str(each.relative_to(ROOT)))
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    assert missing_links(page) == set()


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("[here](page.md#top) [there](there.md) [outside](https://example.org)", "utf-8")

    assert missing_links(page) == {"there.md"}


def test_every_line_of_where_a_change_goes_names_what_is_there() -> None:
    table = under("Where does a change go?", CONTRIBUTING)

    assert lines_that_lead_nowhere(table) == []
    assert table.count("\n|") > 10


def test_a_line_that_leads_nowhere_is_found() -> None:
    lines = ["| fine | `services/<service>/domain*` |", "| gone | `services/<service>/dom.txt` |", "| none | think |"]

    assert lines_that_lead_nowhere("\n".join(["| I want |", "|---|", *lines])) == lines[1:]


def test_every_promise_of_the_readme_names_the_test_that_holds_it() -> None:
    promises = under("Promises", README)

    assert unheld(promises) == []
    assert promises.count("\n- ") > 12


def test_a_promise_that_nothing_holds_is_found() -> None:
    held = "Held. [pages](tests/architecture/test_pages.py) `test_a_promise_that_nothing_holds_is_found`"
    renamed = "Renamed. [pages](tests/architecture/test_pages.py) `test_that_was_there`"

    assert unheld(f"\n- {held}\n- {renamed}\n- Hoped.") == [renamed, "Hoped."]


@pytest.mark.parametrize("page", sorted(ROOT.glob("docs/decisions/00[0-4]*.md")), ids=lambda each: each.stem)
def test_every_decision_says_why_what_follows_and_when_to_think_again(page: Path) -> None:
    assert tuple(re.findall(r"^## (.+)$", page.read_text("utf-8"), re.MULTILINE)) == DECISION

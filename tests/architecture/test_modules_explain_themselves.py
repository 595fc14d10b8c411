# SPDX-License-Identifier: EUPL-1.2
"""Whoever opens a file learns in its first lines what is in it, and finds it where the other services keep theirs."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).parents[2]
SPDX = "SPDX-License-Identifier: EUPL-1.2"
LONGEST_DOCSTRING = 6
MUCH = "More and more.\n" * (LONGEST_DOCSTRING + 1)
SERVICES = sorted(path.parent.name for path in ROOT.glob("services/*/service.py"))
# protoc makes these; whoever wants to know what they say opens proto/.
GENERATED = "contracts/"
# Names that hold anything, so that everything ends up in them, and shortenings that only their author reads.
FORBIDDEN = {
    *("util", "utils", "helper", "helpers", "common", "base", "manager", "managers", "processor", "processors"),
    *("data", "info", "misc", "core", "shared", "uow", "ctx", "cfg", "svc", "repo", "mgr"),
}
# What is in every service, whatever it does. A folder may stand for a module of the same name that outgrew a file.
NAMES = {
    *("README.md", "__init__", "service", "domain", "ports", "usecases", "events", "store", "adapters", "tools", "api"),
    *("handlers", "tasks", "settings", "migrations"),
}
# Beside those, each for a reason.
ALLOWED = {
    "audit/verify": "checks a log without trusting the service, so it imports nothing of it and is run alone",
    "audit/texts": "sentences that people read, in four languages",
    "drafting/texts": "as audit/texts: reasons and findings of checks",
    "drafting/texts_cases": "as audit/texts: what a caseworker is told of a proposal and of headings",
    "drafting/texts_documents": "as audit/texts: headings of documents",
    "drafting/law": "statutes with their periods of validity, which are data and never constants",
    "drafting/templates": "the form of each kind of document, for those who know casework and no Python",
    "drafting/prompts": "what a language model is told; versioned, and read by reviewers",
    "forecasting/texts": "as audit/texts",
    "retrieval/reindex": "a command that an operator runs by hand: no edge of the running service",
    "retrieval/texts": "as audit/texts",
    "retrieval/words": "the words and abbreviations of each language that cutting and answering need",
}


def committed() -> list[str]:
    """What is in the project or about to be: files that git knows, and new ones that it does not ignore."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    found = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    return [each for each in found if each and (ROOT / each).is_file()]


MODULES = [each for each in committed() if each.endswith(".py") and not each.startswith(GENERATED)]


def complaint(source: str) -> str:
    """What a reader would miss in a module's first lines, or nothing."""
    if source.partition("\n")[0] != f"# {SPDX}":
        return "the first line does not name the licence"
    docstring = ast.get_docstring(ast.parse(source))
    if not docstring:
        return "no docstring says what is in here"
    if docstring.count("\n") >= LONGEST_DOCSTRING:
        return "the docstring is longer than a map is"
    return ""


def badly_named(paths: Iterable[str]) -> list[str]:
    return [path for path in paths if not FORBIDDEN.isdisjoint(PurePosixPath(path).with_suffix("").parts)]


def test_every_module_names_its_licence_and_says_what_is_in_it() -> None:
    complaints = {each: complaint((ROOT / each).read_text("utf-8")) for each in MODULES}

    assert len(MODULES) > 300
    assert {path: said for path, said in complaints.items() if said} == {}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (f'# {SPDX}\n"""What is in here."""\n', ""),
        ('"""What is in here."""\n', "the first line does not name the licence"),
        ("", "the first line does not name the licence"),
        (f"# {SPDX}\nimport os\n", "no docstring says what is in here"),
        (f'# {SPDX}\n"""{MUCH}"""\n', "the docstring is longer than a map is"),
    ],
)
def test_a_module_that_says_too_little_or_too_much_is_found(source: str, expected: str) -> None:
    assert complaint(source) == expected


def test_no_name_of_a_module_or_a_package_holds_anything() -> None:
    # tests/data/ and evaluation/<service>/data/ hold recordings and tables: there the word says what is in them.
    assert badly_named(each for each in MODULES if "/data/" not in each) == []


def test_a_name_that_holds_anything_is_found() -> None:
    planted = ["services/audit/utils.py", "kernel/common/clock.py", "services/audit/database.py"]

    assert badly_named(planted) == planted[:2]


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_the_files_that_every_service_has_and_others_for_a_reason(service: str) -> None:
    inside = [PurePosixPath(each).parts[2] for each in committed() if each.startswith(f"services/{service}/")]
    names = {each.removesuffix(".py") for each in inside}

    assert names >= {"__init__", "service", "domain", "ports", "usecases", "events", "store", "tools", "settings"}
    assert {f"{service}/{each}" for each in names - NAMES} == {
        each for each in ALLOWED if each.startswith(f"{service}/")
    }, "a name that no other service has needs a reason in ALLOWED; a reason without a file is to be taken away"

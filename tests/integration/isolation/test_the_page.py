# SPDX-License-Identifier: EUPL-1.2
"""The page of reliability names the attacks that the suite makes: those, and no others."""

from __future__ import annotations

import re

from tests.conftest import ROOT
from tests.integration.isolation.attacks import ATTACKS

PAGE = ROOT / "docs" / "reliability.md"
TESTS = ("tests/integration/isolation", "tests/end_to_end/isolation")


def test_the_page_has_a_line_for_each_attack_and_no_other() -> None:
    _, found, part = PAGE.read_text("utf-8").partition("\n## Isolation\n")
    assert found
    table = part.split("\n## ")[0]

    assert re.findall(r"^\| ([A-Z][^|]+?) +\| +\d", table, re.MULTILINE) == list(ATTACKS)


def test_the_page_says_when_it_was_run() -> None:
    assert re.search(r"run on \d{4}-\d{2}-\d{2}", PAGE.read_text("utf-8").partition("\n## Isolation\n")[2])


def test_every_attack_on_the_list_is_made_by_a_test() -> None:
    written = "".join(each.read_text("utf-8") for part in TESTS for each in (ROOT / part).glob("test_*.py"))

    assert [each for each in ATTACKS if f'"{each}"' not in written] == []

# SPDX-License-Identifier: EUPL-1.2
"""The page that holds the last full run speaks of the same rows as the matrix, and shows no cell that did not hold."""

from __future__ import annotations

import re
from pathlib import Path

from tests.chaos.report import NOTHING_TO_DO
from tests.chaos.rows import OTHER, PROCESSES, WAYS
from tests.chaos.servers import SERVERS
from tests.chaos.story import STEPS

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"


def tables() -> dict[str, list[list[str]]]:
    """The tables under `## Crash matrix`, by what stands above their first column."""
    section = PAGE.read_text("utf-8").partition("\n## Crash matrix\n")[2].partition("\n## ")[0]
    found: dict[str, list[list[str]]] = {}
    for block in re.findall(r"(?:^\|.*\n)+", section, re.MULTILINE):
        head, _rule, *lines = ([cell.strip() for cell in line.strip("|\n").split("|")] for line in block.splitlines())
        found[head[0].partition(",")[0]] = [head, *lines]
    return found


def test_the_page_has_the_rows_and_columns_of_the_matrix() -> None:
    found = tables()

    assert [line[0] for line in found["process"][1:]] == list(PROCESSES)
    assert found["process"][0][1:] == list(STEPS)
    assert [line[0] for line in found["server"][1:]] == [each.row for each in SERVERS]
    assert found["server"][0][1:] == list(WAYS)
    assert [line[0] for line in found["trouble"][1:]] == list(OTHER)


def test_each_cell_of_the_page_held_or_has_nothing_to_do() -> None:
    for head, *lines in (tables()["process"], tables()["server"]):
        for row, *cells in lines:
            for step, shown in zip(head[1:], cells, strict=True):
                has_work = row not in PROCESSES or step in PROCESSES[row]
                assert shown.startswith("held" if has_work else NOTHING_TO_DO), f"{row} / {step}: {shown}"

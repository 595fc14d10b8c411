# SPDX-License-Identifier: EUPL-1.2
"""The checks themselves: each finds what it is there to find."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from tests.chaos.answers import HANGS_SECONDS, rudeness
from tests.chaos.checks import order_of
from tests.chaos.rows import PROCESSES, cells_of_processes, one_of_each_row

PROBLEM = {"content-type": "application/problem+json"}
AWAY = {"type": "/problems/database-away", "title": "Database away", "status": 503}


def an_entry(index: int, kind: str, second: int) -> dict[str, Any]:
    return {"index": index, "type": f"underlag.drafting.v1.{kind}", "occurred_at": f"2026-11-22T10:00:{second:02}Z"}


def test_a_problem_document_in_time_is_a_good_answer() -> None:
    assert rudeness(httpx2.Response(503, headers=PROBLEM, json=AWAY), 1) == ""
    assert rudeness(httpx2.Response(201, json={}), 1) == ""


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        (httpx2.Response(500, headers=PROBLEM, json={"type": "/problems/refusal"}), 1),
        (httpx2.Response(502), 1),
        (httpx2.Response(503, html="<h1>Bad gateway</h1>"), 1),
        (httpx2.Response(503, headers=PROBLEM, json={"type": "about:blank"}), 1),
        (httpx2.Response(200, json={}), HANGS_SECONDS + 1),
        (httpx2.Response(503, headers=PROBLEM, json=AWAY), HANGS_SECONDS + 1),
    ],
    ids=["a bug", "without a body", "a page", "without a type", "late", "refused late"],
)
def test_what_no_user_should_see_is_named(answer: httpx2.Response, seconds: float) -> None:
    assert rudeness(answer, seconds)


def test_a_case_told_in_its_order_is_in_order() -> None:
    told = [an_entry(4, "CaseOpened", 1), an_entry(5, "SourceAdded", 2), an_entry(9, "SectionProposed", 3)]

    assert list(order_of(told)) == []


def test_an_entry_before_what_it_rests_on_is_out_of_order() -> None:
    told = [an_entry(4, "CaseOpened", 1), an_entry(5, "SectionProposed", 2), an_entry(6, "SourceAdded", 3)]

    assert list(order_of(told)) == ["entry 5: SectionProposed before any SourceAdded"]


def test_an_earlier_fact_after_a_later_one_is_out_of_order() -> None:
    told = [an_entry(4, "CaseOpened", 3), an_entry(5, "SourceAdded", 2)]

    assert len(list(order_of(told))) == 1


def test_the_bounded_run_has_a_cell_of_each_row_and_the_same_ones_each_time() -> None:
    drawn = one_of_each_row(cells_of_processes(), 7)

    assert [each.row for each in drawn] == list(PROCESSES)
    assert drawn == one_of_each_row(cells_of_processes(), 7)

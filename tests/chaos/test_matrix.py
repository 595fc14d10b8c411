# SPDX-License-Identifier: EUPL-1.2
"""Everything dies, at every step, and the platform keeps its word. One run, looked at from every side."""

from __future__ import annotations

import pytest

from tests.chaos.conftest import FULL, SEED, Matrix
from tests.chaos.rows import CADDY, HELD, KILLED, OTHER, PROCESSES, WAYS, Cell, cells_of_processes, one_of_each_row
from tests.chaos.servers import SERVERS
from tests.chaos.stage import Stage
from tests.chaos.troubles import STORY_AGAIN_SECONDS

pytestmark = pytest.mark.chaos

STRUCK = cells_of_processes() if FULL else one_of_each_row(cells_of_processes(), SEED)
SERVED = [Cell(each.row, way) for each in SERVERS for way in (WAYS if FULL else (KILLED,))]
OTHERS = [Cell(row, HELD) for row in OTHER]


@pytest.mark.parametrize("cell", [*STRUCK, *SERVED, *OTHERS], ids=str)
def test_it_recovers_by_itself_and_every_story_comes_to_its_end(matrix: Matrix, cell: Cell) -> None:
    outcome = matrix.run.outcomes.get(cell)
    if outcome is None:
        pytest.skip(f"this site has no {cell.row}")
    if outcome.told.startswith("not tried"):
        pytest.skip(outcome.told)

    assert outcome.troubles == []
    if cell in SERVED:
        assert outcome.seconds <= STORY_AGAIN_SECONDS


def test_each_kind_of_process_is_a_row(stage: Stage) -> None:
    assert {each.name for each in stage.site.processes} | {CADDY} == set(PROCESSES)


def test_no_accepted_request_is_lost(matrix: Matrix) -> None:
    assert list(matrix.ledger.lost()) == []


def test_no_effect_is_doubled(matrix: Matrix) -> None:
    assert list(matrix.ledger.doubled()) == []


def test_each_case_keeps_its_order_and_never_goes_backwards(matrix: Matrix) -> None:
    assert list(matrix.ledger.out_of_order()) == []


def test_the_audit_log_is_whole_and_begins_as_it_was_signed_before(matrix: Matrix) -> None:
    assert list(matrix.ledger.damaged(matrix.folder)) == []


def test_nothing_is_left_lying(matrix: Matrix) -> None:
    assert list(matrix.ledger.left_over()) == []


def test_what_is_away_is_told_as_such_and_nothing_hangs(matrix: Matrix) -> None:
    assert matrix.judge.rude == []


def test_what_is_done_with_less_than_usual_says_so(matrix: Matrix) -> None:
    assert list(matrix.ledger.kept_quiet()) == []

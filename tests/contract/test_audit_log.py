# SPDX-License-Identifier: EUPL-1.2
"""Every log behaves the same, so a test may use the one in memory."""

import json
from collections.abc import Callable, Iterator

import pytest
import rfc8785

from kernel.identity import TenantId
from services.audit import usecases
from services.audit.domain import Entry, KeyOutOfPlace, Tile, Tree
from services.audit.ports import Log
from services.audit.store import SqlLog
from tests.conftest import Database
from tests.unit.audit.memory import NOON, MemoryLog, a_happening


@pytest.fixture(params=["memory", "sql"])
def log(request: pytest.FixtureRequest) -> Iterator[Log]:
    if request.param == "memory":
        yield MemoryLog()
        return
    database: Callable[[str], Database] = request.getfixturevalue("database")
    with database("audit").transactions(TenantId("ekhamra")) as work:
        yield SqlLog(work)


def fill(log: Log, first: int, end: int) -> list[Entry]:
    """Append entries without looking for doubles; returns them."""
    tree, added = log.hold(), list[Entry]()
    for number in range(first, end):
        happening = a_happening(number, case_id=f"case-{number % 3}")
        added.append(Entry.of(happening, number, NOON, rfc8785.dumps))
        tree = tree.grown(added[-1].leaf)
    log.append(added, tree)
    return added


def test_a_new_log_is_empty(log: Log) -> None:
    assert log.tree() == log.hold() == Tree()
    assert log.contents(0, 10) == log.about(None, -1, 10) == []
    assert log.hashes({}) == {}


def test_entries_come_back_as_they_were_hashed(log: Log) -> None:
    added = fill(log, 0, 5)

    assert log.contents(0, 99) == [each.content for each in added]
    assert log.contents(2, 4) == [each.content for each in added[2:4]]
    assert log.tree().size == 5


def test_entries_of_one_case_are_found_oldest_first(log: Log) -> None:
    fill(log, 0, 10)

    found = [json.loads(each)["index"] for each in log.about("case-1", 1, 2)]

    assert found == [4, 7]
    assert [json.loads(each)["index"] for each in log.about(None, 6, 99)] == [7, 8, 9]
    assert log.about("another case", -1, 99) == []


@pytest.mark.parametrize("case_id", ["nul \x00 in it", "x" * 5_000, "å 😀"])
def test_no_case_id_is_too_odd_for_an_entry(log: Log, case_id: str) -> None:
    usecases.record([a_happening(0, case_id=case_id)], log, rfc8785.dumps, NOON)

    assert json.loads(log.contents(0, 1)[0])["case_id"] == case_id


def test_only_events_with_an_entry_count_as_recorded(log: Log) -> None:
    fill(log, 0, 3)

    assert log.recorded(["event-1", "event-7"]) == {"event-1"}


def test_the_lowest_tiles_hold_the_leaf_hashes(log: Log) -> None:
    added = fill(log, 0, 300) + fill(log, 300, 600)

    tiles = log.hashes({Tile(0, 0): 256, Tile(0, 1): 256, Tile(0, 2): 88})

    assert [leaf for number in range(3) for leaf in tiles[Tile(0, number)]] == [each.leaf for each in added]
    assert log.hashes({Tile(0, 0): 7})[Tile(0, 0)] == [each.leaf for each in added[:7]]


def test_the_tiles_above_hold_the_roots_of_those_below(log: Log) -> None:
    added = fill(log, 0, 600)
    tree = Tree()
    for each in added[256:512]:
        tree = tree.grown(each.leaf)

    above = log.hashes({Tile(1, 0): 2})[Tile(1, 0)]

    assert above[1] == tree.root
    assert len(above) == 2


def test_proofs_from_any_log_lead_to_its_root(log: Log) -> None:
    fill(log, 0, 700)

    for old in (1, 255, 256, 257, 512, 699, 700):
        usecases.consistency_proof(old, 700, log)
        _, hashes = usecases.inclusion_proof(old - 1, None, log)
        assert len(hashes) <= 10


def test_a_log_keeps_the_key_it_had_first(log: Log) -> None:
    assert log.registered_key() is None
    log.register_key(b"k" * 32)
    log.register_key(b"k" * 32)

    with pytest.raises(KeyOutOfPlace):
        log.register_key(b"x" * 32)
    assert log.registered_key() == b"k" * 32

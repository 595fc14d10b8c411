# SPDX-License-Identifier: EUPL-1.2
"""The tree cut into tiles: which are there, what they hold, and the one spelling of their names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.audit.domain import Node, Span, Tile, filled_by_growth, hash_from, read_tile_name, tile_name
from services.audit.domain.tiles import tiles_under
from services.audit.domain.tree import leaf_hash, node_hash

SIZES = st.integers(0, 2**40)


@given(SIZES)
def test_every_hash_of_a_tree_s_edge_lies_in_a_tile_that_the_tree_has(size: int) -> None:
    nodes = Span(0, size).nodes()

    for node in nodes:
        tile = Tile.holding(node)
        width = 1 << (node.level % 8)
        end_in_tile = (node.index * width) % 256 + width

        assert end_in_tile <= tile.width_at(size)
    assert sum(1 << node.level for node in nodes) == size


def test_a_hash_is_computed_from_the_tile_that_holds_it() -> None:
    leaves = [leaf_hash(bytes([number])) for number in range(8)]
    tiles = {Tile(0, 0): leaves}

    assert hash_from(tiles, Node(0, 5)) == leaves[5]
    assert hash_from(tiles, Node(1, 2)) == node_hash(leaves[4], leaves[5])


def test_a_tile_s_own_root_lies_in_the_tile_above() -> None:
    assert Tile.holding(Node(8, 300)) == Tile(1, 1)
    assert tiles_under([Span(0, 256)]) == {Tile(1, 0)}


@given(st.integers(0, 200_000), st.integers(0, 2_000))
def test_growth_fills_each_tile_once_and_lower_ones_first(old: int, more: int) -> None:
    filled = list(filled_by_growth(old, old + more))

    assert len(set(filled)) == len(filled)
    assert [each.level for each in filled] == sorted(each.level for each in filled)
    for tile in filled:
        assert tile.width_at(old) < 256 == tile.width_at(old + more)


def test_a_log_that_reaches_65536_entries_fills_the_second_level() -> None:
    assert list(filled_by_growth(65_535, 65_536)) == [Tile(0, 255), Tile(1, 0)]


@given(st.integers(0, 10**9))
def test_a_tile_s_name_leads_back_to_its_number(number: int) -> None:
    assert read_tile_name(tile_name(number)) == (number, 256)


def test_names_are_spelt_as_in_the_specification() -> None:
    assert tile_name(1_234_067) == "x001/x234/067"
    assert read_tile_name("x001/x234/067.p/8") == (1_234_067, 8)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "67",
        "0067",
        "x000/067",
        "001/067",
        "x001",
        "067.p/0",
        "067.p/256",
        "067.p/999",
        "067.p/",
        "067.p/08",
        "٠٦٧",
        "../067",
    ],
)
def test_other_spellings_name_no_tile(name: str) -> None:
    assert read_tile_name(name) is None

# SPDX-License-Identifier: EUPL-1.2
"""The tree cut into tiles of up to 256 hashes (C2SP tlog-tiles), which is how it is stored and how it is served.

The tile at level L holds hashes of subtrees over `256**L` entries. A full tile never changes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from services.audit.domain.tree import Node, Span, join, node_hash

TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT
HIGHEST_LEVEL = 7

_NAME = re.compile(r"(?P<number>(x\d{3}/){0,5}\d{3})(\.p/(?P<width>[1-9]\d{0,2}))?", re.ASCII)


@dataclass(frozen=True, order=True)
class Tile:
    level: int
    number: int

    @classmethod
    def holding(cls, node: Node) -> Tile:
        """The tile from which the hash of this complete subtree can be had without another."""
        level, height = divmod(node.level, TILE_HEIGHT)
        return cls(level, (node.index << height) >> TILE_HEIGHT)

    @property
    def parent(self) -> Tile:
        return Tile(self.level + 1, self.number >> TILE_HEIGHT)

    def width_at(self, size: int) -> int:
        """How many hashes the tile has in a tree of `size` entries: 0 up to 256."""
        complete = size >> (TILE_HEIGHT * self.level)
        return max(0, min(TILE_WIDTH, complete - self.number * TILE_WIDTH))


Hashes = Sequence[bytes]


def hash_from(tiles: Mapping[Tile, Hashes], node: Node) -> bytes:
    """The hash of a complete subtree, out of the tile that holds it."""
    tile = Tile.holding(node)
    width = 1 << (node.level % TILE_HEIGHT)
    start = (node.index * width) % TILE_WIDTH
    return perfect_root(tiles[tile][start : start + width])


def perfect_root(hashes: Hashes) -> bytes:
    """The root over a power of two of hashes."""
    row = list(hashes)
    while len(row) > 1:
        row = [node_hash(row[at], row[at + 1]) for at in range(0, len(row), 2)]
    return row[0]


def tiles_under(spans: Iterable[Span]) -> set[Tile]:
    return {Tile.holding(node) for span in spans for node in span.nodes()}


def root_of(size: int, tiles: Mapping[Tile, Hashes]) -> bytes:
    return join([hash_from(tiles, node) for node in Span(0, size).nodes()])


def filled_by_growth(old: int, new: int) -> Iterator[Tile]:
    """The tiles that become full while a tree grows, lower levels first."""
    level = 0
    while new >> (TILE_HEIGHT * (level + 1)):
        first, end = (size >> (TILE_HEIGHT * (level + 1)) for size in (old, new))
        yield from (Tile(level, number) for number in range(first, end))
        level += 1


def tile_name(number: int) -> str:
    """1234067 is `x001/x234/067`."""
    thousands, rest = divmod(number, 1000)
    name = f"{rest:03}"
    while thousands:
        thousands, rest = divmod(thousands, 1000)
        name = f"x{rest:03}/{name}"
    return name


def read_tile_name(name: str) -> tuple[int, int] | None:
    """The number and width that a tile's path asks for; None when it is not the one spelling of any tile."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    number = int(found["number"].replace("/", "").replace("x", ""))
    width = int(found["width"] or TILE_WIDTH)
    is_partial_but_full = found["width"] is not None and width >= TILE_WIDTH
    return None if is_partial_but_full or tile_name(number) != found["number"] else (number, width)

# SPDX-License-Identifier: EUPL-1.2
"""The Merkle tree over a log's entries: RFC 9162, section 2.1 (the same tree as RFC 6962), with SHA-256.

A tree only ever grows at its right edge, so the few hashes of that edge are all that appending needs. Every
other hash that a proof asks for belongs to a *complete* subtree, which never changes once it is there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, order=True)
class Node:
    """The complete subtree over the entries `index * 2**level` up to, not including, `(index + 1) * 2**level`."""

    level: int
    index: int


@dataclass(frozen=True)
class Span:
    """The entries from `start` up to, not including, `end`: what one hash in a proof stands for."""

    start: int
    end: int

    def nodes(self) -> list[Node]:
        """The complete subtrees that make up the span, largest first; `start` is a multiple of the largest's width."""
        found, at = [], self.start
        while at < self.end:
            level = (self.end - at).bit_length() - 1
            found.append(Node(level, at >> level))
            at += 1 << level
        return found


HashOf = Callable[[Node], bytes]


@dataclass(frozen=True)
class Tree:
    """A tree as appending sees it: how many entries, and the hashes of `Span(0, size).nodes()`."""

    size: int = 0
    edge: tuple[bytes, ...] = ()

    @property
    def root(self) -> bytes:
        return join(self.edge)

    def grown(self, leaf: bytes) -> Tree:
        """The tree with one more entry: subtrees of equal width at the edge merge, as the ones of a counter carry."""
        edge, carries, found = list(self.edge), self.size, leaf
        while carries & 1:
            found = node_hash(edge.pop(), found)
            carries >>= 1
        return Tree(self.size + 1, (*edge, found))


def join(subtrees: Sequence[bytes]) -> bytes:
    """The hash over adjacent complete subtrees, largest first. Over none: the root of the empty tree."""
    return reduce(lambda right, left: node_hash(left, right), reversed(subtrees)) if subtrees else EMPTY_ROOT


def split(start: int, end: int) -> int:
    """Where RFC 9162 parts a span of two or more entries: after the largest power of two that leaves a rest."""
    return start + (1 << ((end - start - 1).bit_length() - 1))


def inclusion_spans(index: int, size: int) -> list[Span]:
    """What an inclusion proof consists of, leaf upwards (RFC 9162, 2.1.3.1). Wants `0 <= index < size`."""
    start, end, found = 0, size, list[Span]()
    while end - start > 1:
        middle = split(start, end)
        if index < middle:
            found.append(Span(middle, end))
            end = middle
        else:
            found.append(Span(start, middle))
            start = middle
    return found[::-1]


def consistency_spans(old: int, new: int) -> list[Span]:
    """What a consistency proof consists of, in its order (RFC 9162, 2.1.4.1). Wants `0 <= old <= new`.

    From the empty tree, and from a tree to itself, there is nothing to prove.
    """
    if old in (0, new):
        return []
    start, end, found = 0, new, list[Span]()
    while old != end:
        middle = split(start, end)
        if old <= middle:
            found.append(Span(middle, end))
            end = middle
        else:
            found.append(Span(start, middle))
            start = middle
    if start > 0:
        found.append(Span(start, end))
    return found[::-1]


def proof(spans: Sequence[Span], hash_of: HashOf) -> list[bytes]:
    return [join([hash_of(node) for node in span.nodes()]) for span in spans]

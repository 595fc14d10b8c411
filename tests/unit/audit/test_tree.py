# SPDX-License-Identifier: EUPL-1.2
"""The tree against its definition in RFC 6962, against known trees, and against the outsider's verifier."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.audit import verify
from services.audit.domain import Node, Span, Tree, consistency_spans, inclusion_spans, proof
from services.audit.domain.tree import EMPTY_ROOT, leaf_hash, node_hash

KNOWN: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "data" / "merkle" / "certificate_transparency.json").read_text("utf-8")
)
KNOWN_LEAVES = [leaf_hash(bytes.fromhex(each)) for each in KNOWN["entries"]]
LEAVES = [leaf_hash(number.to_bytes(4, "big")) for number in range(700)]
SIZES = st.integers(1, len(LEAVES))


def defined_root(leaves: Sequence[bytes]) -> bytes:
    """MTH in RFC 6962, 2.1, word for word."""
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    k = largest_power_below(len(leaves))
    return node_hash(defined_root(leaves[:k]), defined_root(leaves[k:]))


def defined_path(m: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PATH in RFC 6962, 2.1.1."""
    if len(leaves) == 1:
        return []
    k = largest_power_below(len(leaves))
    if m < k:
        return [*defined_path(m, leaves[:k]), defined_root(leaves[k:])]
    return [*defined_path(m - k, leaves[k:]), defined_root(leaves[:k])]


def defined_consistency(m: int, leaves: Sequence[bytes], *, is_known: bool = True) -> list[bytes]:
    """SUBPROOF in RFC 6962, 2.1.2."""
    if m == len(leaves):
        return [] if is_known else [defined_root(leaves)]
    k = largest_power_below(len(leaves))
    if m <= k:
        return [*defined_consistency(m, leaves[:k], is_known=is_known), defined_root(leaves[k:])]
    return [*defined_consistency(m - k, leaves[k:], is_known=False), defined_root(leaves[:k])]


def largest_power_below(number: int) -> int:
    power = 1
    while power * 2 < number:
        power *= 2
    return power


def hash_among(leaves: Sequence[bytes], node: Node) -> bytes:
    return defined_root(leaves[node.index << node.level : (node.index + 1) << node.level])


def proved(spans: Sequence[Span], leaves: Sequence[bytes]) -> list[bytes]:
    return proof(spans, lambda node: hash_among(leaves, node))


def grown(leaves: Sequence[bytes]) -> Tree:
    tree = Tree()
    for leaf in leaves:
        tree = tree.grown(leaf)
    return tree


def test_every_known_root_is_reached_by_appending() -> None:
    roots = [grown(KNOWN_LEAVES[:size]).root.hex() for size in range(9)]

    assert roots == KNOWN["roots"]
    assert roots[0].startswith("e3b0c442")
    assert roots[8] == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


@pytest.mark.parametrize("known", KNOWN["inclusion"], ids=str)
def test_inclusion_proofs_are_the_known_ones(known: dict[str, Any]) -> None:
    found = proved(inclusion_spans(known["index"], known["size"]), KNOWN_LEAVES[: known["size"]])

    assert [each.hex() for each in found] == known["hashes"]


@pytest.mark.parametrize("known", KNOWN["consistency"], ids=str)
def test_consistency_proofs_are_the_known_ones(known: dict[str, Any]) -> None:
    found = proved(consistency_spans(known["from"], known["to"]), KNOWN_LEAVES[: known["to"]])

    assert [each.hex() for each in found] == known["hashes"]


@settings(deadline=None, max_examples=50)
@given(SIZES)
def test_appending_one_by_one_gives_the_root_of_the_definition(size: int) -> None:
    tree = grown(LEAVES[:size])

    assert tree.root == defined_root(LEAVES[:size]) == verify.root_hash(LEAVES[:size])
    assert tree.edge == tuple(hash_among(LEAVES, node) for node in Span(0, size).nodes())


@settings(deadline=None, max_examples=50)
@given(SIZES, st.data())
def test_an_inclusion_proof_is_that_of_the_definition_and_convinces_the_verifier(
    size: int, data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, size - 1))

    found = proved(inclusion_spans(index, size), LEAVES[:size])

    assert found == defined_path(index, LEAVES[:size])
    assert verify.inclusion_holds(LEAVES[index], index, size, found, defined_root(LEAVES[:size]))


@settings(deadline=None, max_examples=50)
@given(SIZES, st.data())
def test_a_consistency_proof_is_that_of_the_definition_and_convinces_the_verifier(
    new: int, data: st.DataObject
) -> None:
    old = data.draw(st.integers(1, new))

    found = proved(consistency_spans(old, new), LEAVES[:new])

    assert found == defined_consistency(old, LEAVES[:new])
    assert verify.consistency_holds(old, defined_root(LEAVES[:old]), new, defined_root(LEAVES[:new]), found)


@settings(deadline=None, max_examples=50)
@given(st.integers(2, 300), st.data())
def test_a_proof_with_one_bit_changed_convinces_nobody(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    hashes = proved(inclusion_spans(index, size), LEAVES[:size])
    place = data.draw(st.integers(0, len(hashes) - 1))
    bit = data.draw(st.integers(0, 255))
    hashes[place] = (int.from_bytes(hashes[place]) ^ 1 << bit).to_bytes(32)

    assert not verify.inclusion_holds(LEAVES[index], index, size, hashes, defined_root(LEAVES[:size]))


@settings(deadline=None, max_examples=50)
@given(st.integers(2, 300), st.data())
def test_a_rewritten_past_has_no_consistency_proof(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, new - 1))
    changed = data.draw(st.integers(0, old - 1))
    rewritten = [*LEAVES[:changed], leaf_hash(b"something else"), *LEAVES[changed + 1 : new]]

    hashes = proved(consistency_spans(old, new), rewritten)

    assert not verify.consistency_holds(old, defined_root(LEAVES[:old]), new, defined_root(rewritten), hashes)


def test_nothing_has_to_be_proved_from_the_empty_tree_or_to_itself() -> None:
    assert consistency_spans(0, 5) == consistency_spans(5, 5) == []
    assert verify.consistency_holds(0, EMPTY_ROOT, 5, defined_root(LEAVES[:5]), [])

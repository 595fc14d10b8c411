# SPDX-License-Identifier: EUPL-1.2
"""Sorting directions into voices, on directions whose groups are known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from services.transcription.adapters.clusters import average_link, sort_into

Floats = NDArray[np.float32]


def voices(count: int, each: int, spread: float = 0.15, seed: int = 5) -> tuple[Floats, list[int]]:
    """Directions around `count` centres, and which centre each belongs to, in a mixed order."""
    chance = np.random.default_rng(seed)
    centres = np.eye(16)[:count]
    own = chance.permutation(np.repeat(np.arange(count), each))
    around = centres[own] + chance.normal(0, spread, (len(own), 16))
    return (around / np.linalg.norm(around, axis=1, keepdims=True)).astype(np.float32), own.tolist()


def same_groups(labels: object, own: list[int]) -> bool:
    pairs = set(zip(np.asarray(labels).tolist(), own, strict=True))
    return len(pairs) == len(set(own)) == len({label for label, _ in pairs})


@pytest.mark.parametrize("count", [2, 3, 5])
def test_groups_that_lie_apart_are_found(count: int) -> None:
    directions, own = voices(count, each=30)

    assert same_groups(sort_into(count, directions), own)


def test_a_voice_that_says_little_is_still_a_voice() -> None:
    many, _ = voices(1, each=60)
    few = np.roll(voices(1, each=4)[0], 1, axis=1)

    labels = sort_into(2, np.concatenate([many, few]))

    assert same_groups(labels, [0] * 60 + [1] * 4)


def test_more_directions_than_are_compared_join_the_nearest_voice() -> None:
    directions, own = voices(2, each=1_500)

    assert same_groups(sort_into(2, directions), own)


def test_one_voice_needs_no_comparing() -> None:
    assert sort_into(1, voices(2, each=3)[0]).tolist() == [0] * 6


def test_fewer_directions_than_voices_are_each_their_own() -> None:
    directions, _ = voices(2, each=1)

    assert len(set(sort_into(5, directions).tolist())) == 2
    assert sort_into(3, directions[:0]).tolist() == []


def slowly(directions: Floats, count: int) -> set[frozenset[int]]:
    """Average link as it is defined: join the two groups with the highest mean likeness, again and again."""
    groups = [frozenset([at]) for at in range(len(directions))]
    while len(groups) > count:
        pairs = [(a, b) for at, a in enumerate(groups) for b in groups[at + 1 :]]
        a, b = max(pairs, key=lambda pair: np.mean(directions[list(pair[0])] @ directions[list(pair[1])].T))
        groups = [each for each in groups if each not in (a, b)] + [a | b]
    return set(groups)


@settings(max_examples=50)
@given(st.integers(2, 9), st.integers(1, 4), st.integers(0, 10_000))
def test_the_quick_way_joins_what_the_definition_joins(size: int, count: int, seed: int) -> None:
    chance = np.random.default_rng(seed)
    directions = chance.normal(0, 1, (size, 6)).astype(np.float32)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)

    labels = average_link(directions, min(count, size))

    found = {frozenset(np.flatnonzero(labels == label).tolist()) for label in set(labels.tolist())}
    assert found == slowly(directions, min(count, size))

# SPDX-License-Identifier: EUPL-1.2
"""Sorts directions into a given number of groups: average-link clustering, then refinement of the centres.

Average link by the nearest-neighbour chain (Murtagh, 1983): quadratic in time and memory, so long recordings are
sorted by an even sample and the rest joins the nearest centre.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Labels = NDArray[np.intp]

SAMPLE = 2_000
REFINEMENTS = 5


def sort_into(count: int, directions: Floats) -> Labels:
    """A label from 0 to count - 1 for each row; with fewer rows than groups, each row is its own."""
    if count == 1 or len(directions) <= 1:
        return np.zeros(len(directions), np.intp)
    sampled = np.unique(np.linspace(0, len(directions) - 1, min(SAMPLE, len(directions))).astype(np.intp))
    first = average_link(directions[sampled], count)
    centres = _centres(directions[sampled], first, count)
    labels: Labels = np.argmax(directions @ centres.T, axis=1)
    for _ in range(REFINEMENTS):
        centres = _centres(directions, labels, count, before=centres)
        labels = np.argmax(directions @ centres.T, axis=1)
    return labels


def average_link(directions: Floats, count: int) -> Labels:
    """Merge the two groups that are alike the most on average, until `count` groups are left."""
    merges = sorted(_merges(directions), key=lambda merge: -merge[0])[: max(0, len(directions) - count)]
    group = np.arange(len(directions))
    for _, kept, gone in merges:
        group[group == group[gone]] = group[kept]
    return np.unique(group, return_inverse=True)[1]


def _merges(directions: Floats) -> list[tuple[float, int, int]]:
    """Every merge down to one group as (likeness, a member, a member of the other), in the chain's order."""
    likeness = (directions @ directions.T).astype(np.float64)
    np.fill_diagonal(likeness, -np.inf)
    sizes = np.ones(len(directions))
    alive = list(range(len(directions)))
    merges: list[tuple[float, int, int]] = []
    chain: list[int] = []
    while len(merges) < len(directions) - 1:
        if not chain:
            chain.append(next(each for each in alive if sizes[each] > 0))
        nearest = int(np.argmax(likeness[chain[-1]]))
        if len(chain) > 1 and likeness[chain[-1], chain[-2]] >= likeness[chain[-1], nearest]:
            a, b = chain.pop(), chain.pop()
            merges.append((float(likeness[a, b]), a, b))
            _join(likeness, sizes, a, b)
        else:
            chain.append(nearest)
    return merges


def _join(likeness: NDArray[np.float64], sizes: NDArray[np.float64], kept: int, gone: int) -> None:
    total = sizes[kept] + sizes[gone]
    joined = (sizes[kept] * likeness[kept] + sizes[gone] * likeness[gone]) / total
    joined[[kept, gone]] = -np.inf
    likeness[kept], likeness[:, kept] = joined, joined
    likeness[gone], likeness[:, gone] = -np.inf, -np.inf
    sizes[kept], sizes[gone] = total, 0


def _centres(directions: Floats, labels: Labels, count: int, before: Floats | None = None) -> Floats:
    """The mean direction of each group. A group that lost every member keeps the centre it had."""
    centres = np.zeros((count, directions.shape[1]), np.float32)
    for label in range(count):
        members = directions[labels == label]
        if len(members):
            centres[label] = members.mean(axis=0)
        elif before is not None:
            centres[label] = before[label]
    lengths = np.linalg.norm(centres, axis=1, keepdims=True)
    normed: Floats = centres / np.maximum(lengths, 1e-9)
    return normed

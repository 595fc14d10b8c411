# SPDX-License-Identifier: EUPL-1.2
"""Where an index says something else than the passages it was built from.

The passages are the truth. A version is never changed, so what the index must hold of it can be said at any time.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256


@dataclass(frozen=True)
class Held:
    """One entry as the index holds it. `digest` is that of its text, `embedder` made its vector."""

    version_id: str
    passage_id: str
    embedder: str
    digest: str


@dataclass(frozen=True)
class Wanted:
    """What the index is to hold of one version: the digest of each passage's text, by passage id."""

    digests: Mapping[str, str]
    was_given_up: bool = False


class Difference(StrEnum):
    """In what way an index differs. The order is the one in which they are told."""

    GIVEN_UP = "versions given up"
    MISSING_VERSION = "versions missing"
    MISSING = "passages missing"
    CHANGED = "passages changed"
    OTHER_EMBEDDER = "vectors of another embedder"
    EXTRA = "passages too many"


@dataclass(frozen=True)
class Drift:
    """`counts` tell how much differs; `to_put` are the versions to be written anew, `to_drop` those nobody knows."""

    counts: Mapping[Difference, int]
    to_put: frozenset[str]
    to_drop: frozenset[str]

    def __bool__(self) -> bool:
        return any(self.counts.values())


def digest_of_text(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def drift_between(wanted: Mapping[str, Wanted], held: Iterable[Held], known: Collection[str], embedder: str) -> Drift:
    """Compare. `known` are the ids of all versions, also of those that are being indexed and not compared yet.

    Nothing is reported that is merely under way, when `wanted` was read before `held` and `known` after it: an entry
    is written before its version is wanted, and after its version is known.
    """
    by_version: dict[str, list[Held]] = defaultdict(list)
    for each in held:
        by_version[each.version_id].append(each)
    counts: Counter[Difference] = Counter()
    to_put = set()
    for version_id, version in wanted.items():
        found = _differences(version, by_version.get(version_id, []), embedder)
        if found.total():
            to_put.add(version_id)
            counts += found
    to_drop = {each for each in by_version if each not in known}
    counts[Difference.EXTRA] += sum(len(by_version[each]) for each in to_drop)
    return Drift(counts, frozenset(to_put), frozenset(to_drop))


def _differences(version: Wanted, held: Collection[Held], embedder: str) -> Counter[Difference]:
    own = {each.passage_id: each.digest for each in held if each.embedder == embedder}
    counts = Counter(
        {
            Difference.GIVEN_UP: int(version.was_given_up),
            Difference.OTHER_EMBEDDER: sum(each.embedder != embedder for each in held),
            Difference.EXTRA: len(own.keys() - version.digests.keys()),
            Difference.CHANGED: sum(version.digests.get(each, digest) != digest for each, digest in own.items()),
        }
    )
    if own or not version.digests:
        counts[Difference.MISSING] = len(version.digests.keys() - own.keys())
    else:
        counts[Difference.MISSING_VERSION] = 1
    return counts

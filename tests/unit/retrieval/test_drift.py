# SPDX-License-Identifier: EUPL-1.2
"""When an index differs from its passages, and when it only looks so because something is under way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.retrieval.domain.drift import Difference, Held, Wanted, digest_of_text, drift_between

OURS = "e5"
CLEANING, LAUNDRY = digest_of_text("Städning"), digest_of_text("Tvätt")
WANTED = {"v1": Wanted({"a": CLEANING, "b": LAUNDRY})}
HELD = (Held("v1", "a", OURS, CLEANING), Held("v1", "b", OURS, LAUNDRY))


def test_an_index_that_holds_what_it_should_has_no_drift() -> None:
    found = drift_between(WANTED, HELD, {"v1"}, OURS)

    assert not found
    assert (found.to_put, found.to_drop) == (frozenset(), frozenset())


@pytest.mark.parametrize(
    ("held", "told"),
    [
        ((), {Difference.MISSING_VERSION: 1}),
        (HELD[:1], {Difference.MISSING: 1}),
        ((HELD[0], Held("v1", "b", OURS, CLEANING)), {Difference.CHANGED: 1}),
        ((*HELD, Held("v1", "c", OURS, LAUNDRY)), {Difference.EXTRA: 1}),
        ((*HELD, Held("v1", "a", "earlier", CLEANING)), {Difference.OTHER_EMBEDDER: 1}),
        (
            [Held("v1", each, "earlier", CLEANING) for each in "ab"],
            {Difference.OTHER_EMBEDDER: 2, Difference.MISSING_VERSION: 1},
        ),
    ],
)
def test_each_difference_is_counted_and_the_version_written_anew(
    held: tuple[Held, ...], told: dict[Difference, int]
) -> None:
    found = drift_between(WANTED, held, {"v1"}, OURS)

    assert {each: count for each, count in found.counts.items() if count} == told
    assert (found.to_put, found.to_drop) == (frozenset({"v1"}), frozenset())


def test_a_version_that_nobody_knows_is_dropped() -> None:
    found = drift_between(WANTED, (*HELD, Held("gone", "x", OURS, LAUNDRY)), {"v1"}, OURS)

    assert found.counts[Difference.EXTRA] == 1
    assert found.to_drop == {"gone"}


def test_a_version_that_is_being_indexed_is_no_drift() -> None:
    assert not drift_between(WANTED, (*HELD, Held("v2", "x", OURS, LAUNDRY)), {"v1", "v2"}, OURS)


def test_a_version_given_up_is_drift_even_when_all_of_it_is_there() -> None:
    given_up = {"v1": Wanted(WANTED["v1"].digests, was_given_up=True)}

    assert drift_between(given_up, HELD, {"v1"}, OURS).counts[Difference.GIVEN_UP] == 1


entries = st.builds(
    Held, st.sampled_from("uvw"), st.sampled_from("abc"), st.sampled_from([OURS, "other"]), st.sampled_from("12")
)


@given(
    st.dictionaries(st.sampled_from("vw"), st.dictionaries(st.sampled_from("abc"), st.sampled_from("12"))),
    st.sets(entries),
)
def test_what_is_written_and_dropped_as_told_leaves_no_drift(
    wanted: dict[str, dict[str, str]], held: set[Held]
) -> None:
    truth = {version: Wanted(digests) for version, digests in wanted.items()}
    found = drift_between(truth, held, truth, OURS)

    kept = {each for each in held if each.version_id not in found.to_put | found.to_drop}
    written = {
        Held(version, each, OURS, digest) for version in found.to_put for each, digest in wanted[version].items()
    }

    assert not drift_between(truth, kept | written, truth, OURS)

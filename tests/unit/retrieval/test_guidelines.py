# SPDX-License-Identifier: EUPL-1.2
"""Versions and the days they hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.retrieval.domain.guidelines import (
    Cut,
    DuplicateKeys,
    EmptyGuideline,
    Guideline,
    InvalidValidity,
    Level,
    State,
    Validity,
    Version,
    VersionNotLater,
    check_cuts,
    digest_of,
    superseded,
)

DAYS = some.dates(date(1900, 1, 1), date(2150, 1, 1))


def a_version(since: date = date(2020, 1, 1), until: date | None = None) -> Version:
    return Version(
        id="v1",
        guideline=Guideline("g1", Level.LOCAL, "sv"),
        number=1,
        title="Riktlinjer",
        reference=None,
        validity=Validity(since, until),
        state=State.READY,
        passages=1,
        digest="",
        published_at=datetime(2020, 1, 1, tzinfo=UTC),
        published_by="manager@ekhamra",
    )


@given(since=DAYS, later=DAYS, day=DAYS, until=some.none() | DAYS)
def test_on_no_day_do_a_version_and_its_successor_both_hold(
    since: date, later: date, day: date, until: date | None
) -> None:
    if since >= later or (until and until < since):
        return
    earlier, successor = superseded(a_version(since, until), later), Validity(later)

    assert not (earlier.validity.holds(day) and successor.holds(day))
    assert earlier.validity.until is not None
    assert earlier.validity.until >= since
    assert until is None or earlier.validity.until <= until


def test_a_version_is_closed_on_the_day_before_the_next() -> None:
    closed = superseded(a_version(), date(2025, 7, 1))

    assert closed == replace(a_version(), validity=Validity(date(2020, 1, 1), date(2025, 6, 30)))


@pytest.mark.parametrize("since", [date(2020, 1, 1), date(2019, 12, 31)])
def test_a_version_cannot_begin_before_the_one_it_follows(since: date) -> None:
    with pytest.raises(VersionNotLater):
        superseded(a_version(), since)


def test_a_guideline_may_hold_for_a_single_day() -> None:
    assert Validity.of(date(2025, 1, 1), date(2025, 1, 1)).holds(date(2025, 1, 1))


@pytest.mark.parametrize(
    ("since", "until", "pointer"),
    [
        (date(2025, 1, 1), date(2025, 1, 1) - timedelta(days=1), "/valid_to"),
        (date(1, 1, 1), None, "/valid_from"),
        (date(2025, 1, 1), date(9999, 12, 31), "/valid_to"),
    ],
)
def test_days_in_the_wrong_order_or_out_of_reach_are_refused(since: date, until: date | None, pointer: str) -> None:
    with pytest.raises(InvalidValidity) as refused:
        Validity.of(since, until)

    assert [each.pointer for each in refused.value.errors] == [pointer]


def test_a_key_belongs_to_one_passage() -> None:
    check_cuts([Cut("", "a", "", "x"), Cut("", "b", "", None), Cut("", "c", "", None)])

    with pytest.raises(DuplicateKeys) as refused:
        check_cuts([Cut("", "a", "", "x"), Cut("", "b", "", "y"), Cut("", "c", "", "x")])
    assert [each.pointer for each in refused.value.errors] == ["/passages/2/key"]


def test_a_guideline_without_text_is_refused() -> None:
    with pytest.raises(EmptyGuideline):
        check_cuts([])


@given(
    some.lists(some.tuples(some.text(), some.text()), max_size=4),
    some.lists(some.tuples(some.text(), some.text()), max_size=4),
)
def test_versions_with_the_same_digest_say_the_same(one: list[tuple[str, str]], other: list[tuple[str, str]]) -> None:
    digests = [digest_of([Cut(heading, text, "") for heading, text in parts]) for parts in (one, other)]

    assert (digests[0] == digests[1]) == (one == other)

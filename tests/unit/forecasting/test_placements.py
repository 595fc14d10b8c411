# SPDX-License-Identifier: EUPL-1.2
"""Stocks and entries out of episodes, as they were known at each time."""

from collections.abc import Mapping, Sequence
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.forecasting.domain.months import Month, through
from services.forecasting.domain.placements import Episode, NoWholeMonth, Window, overlaps, series_of, window_of
from services.forecasting.domain.series import Report, history_of
from tests.unit.forecasting.builders import TODAY

JAN, APR = Month(2024, 1), Month(2024, 4)
WINDOW = Window(JAN, APR)
days = st.dates(date(2023, 6, 1), date(2024, 8, 1))


def an_episode(
    entry: str,
    leaving: str = "",
    child: str = "b-1",
    registered: str = "",
    leaving_registered: str = "",
    kind: str = "HVB",
) -> Episode:
    read = [date.fromisoformat(each) if each else None for each in (leaving, registered, leaving_registered)]
    return Episode(child, "", kind, date.fromisoformat(entry), *read)


def known(series: Mapping[str, Sequence[Report]], key: str, origin: Month | None = None) -> list[int]:
    history = history_of(key, series[key], origin=origin, reporting_days=10)
    assert history is not None
    return [int(each) for each in history.counts]


def test_a_child_is_in_the_stock_of_the_month_ends_it_sees() -> None:
    series = series_of([an_episode("2024-01-31", "2024-03-31")], WINDOW)

    assert known(series, "stock_HVB") == [1, 1, 0, 0]
    assert known(series, "entries_HVB") == [1, 0, 0, 0]


def test_an_episode_without_an_end_goes_on() -> None:
    assert known(series_of([an_episode("2020-05-01")], WINDOW), "stock_HVB") == [1, 1, 1, 1]


def test_a_child_counts_once_where_its_episodes_overlap() -> None:
    both = [an_episode("2024-01-01"), an_episode("2024-02-01")]

    assert known(series_of(both, WINDOW), "stock_HVB") == [1, 1, 1, 1]


def test_an_entry_that_was_registered_late_is_known_only_from_then() -> None:
    series = series_of([an_episode("2024-01-15", registered="2024-03-20")], WINDOW)

    assert known(series, "stock_HVB") == [1, 1, 1, 1]
    assert known(series, "entries_HVB") == [1, 0, 0, 0]
    assert known(series, "stock_HVB", origin=Month(2024, 2)) == [0, 0]
    assert known(series, "stock_HVB", origin=Month(2024, 3)) == [1, 1, 1]


def test_an_exit_that_was_registered_late_leaves_the_child_in_the_stock_until_then() -> None:
    series = series_of([an_episode("2023-05-01", "2023-12-20", leaving_registered="2024-03-20")], WINDOW)

    assert known(series, "stock_HVB") == [0, 0, 0, 0]
    assert known(series, "stock_HVB", origin=Month(2024, 2)) == [1, 1]


@given(st.lists(st.tuples(days, st.integers(0, 200), st.integers(0, 90), st.integers(0, 90)), min_size=1, max_size=12))
def test_the_stock_known_in_the_end_is_the_number_of_children_there(rows: list[tuple[date, int, int, int]]) -> None:
    episodes = [
        Episode(
            f"b-{number}",
            "",
            "HVB",
            entry,
            leaving := date.fromordinal(entry.toordinal() + stay),
            date.fromordinal(entry.toordinal() + late),
            date.fromordinal(leaving.toordinal() + late_exit),
        )
        for number, (entry, stay, late, late_exit) in enumerate(rows)
    ]
    series = series_of(episodes, WINDOW)

    for month, counted in zip(through(JAN, APR), known(series, "stock_HVB"), strict=True):
        end = month.last_day
        assert counted == sum(each.entry <= end and (each.leaving or date.max) > end for each in episodes)


def test_types_do_not_mix() -> None:
    series = series_of([an_episode("2024-01-01"), an_episode("2024-01-01", child="b-2", kind="FAM")], WINDOW)

    assert sorted(series) == ["entries_FAM", "entries_HVB", "stock_FAM", "stock_HVB"]


def test_counting_begins_with_the_first_exit_since_before_it_only_the_staying_are_seen() -> None:
    episodes = [an_episode("2010-01-01"), an_episode("2012-01-01", "2018-03-05"), an_episode("2024-04-30")]

    assert window_of(episodes, TODAY, first=None, last=None) == Window(Month(2018, 3), APR)


def test_counting_ends_with_the_last_month_that_is_over() -> None:
    episodes = [an_episode("2024-01-01", "2024-02-05"), an_episode("2024-04-15")]

    assert window_of(episodes, date(2024, 4, 20), first=None, last=None).last == Month(2024, 3)


def test_the_sender_may_say_which_months_are_told_in_full() -> None:
    assert window_of([an_episode("2024-01-01")], TODAY, first=JAN, last=APR) == WINDOW


@pytest.mark.parametrize(("first", "last"), [(APR, JAN), (None, Month(2026, 11)), (Month(2025, 1), None)])
def test_a_window_without_a_whole_month_is_refused(first: Month | None, last: Month | None) -> None:
    with pytest.raises(NoWholeMonth):
        window_of([an_episode("2024-01-01", "2024-02-05")], TODAY, first=first, last=last)


def test_overlapping_episodes_of_one_child_are_found_and_others_left_alone() -> None:
    numbered = [
        (2, an_episode("2024-01-01", "2024-06-01")),
        (3, an_episode("2024-05-01", "2024-07-01")),
        (4, an_episode("2024-07-01")),
        (5, an_episode("2024-01-01", child="b-2")),
    ]

    assert overlaps(numbered) == (2, 3)

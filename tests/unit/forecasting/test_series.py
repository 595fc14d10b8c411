# SPDX-License-Identifier: EUPL-1.2
"""What was known when: a forecast from an earlier month sees what had been reported by then and nothing else."""

from datetime import date

import numpy as np
import pytest

from services.forecasting.domain.months import Month, through
from services.forecasting.domain.series import Kind, Report, due, history_of, kind_of, news

MAY, JUNE, JULY = Month(2025, 5), Month(2025, 6), Month(2025, 7)
TODAY = date(2026, 11, 22)


def test_a_month_knows_its_days_and_its_neighbours() -> None:
    assert Month.read("2024-02").last_day == date(2024, 2, 29)
    assert Month(2024, 12) + 1 == Month(2025, 1)
    assert Month(2025, 1).since(Month(2023, 11)) == 14
    assert [str(each) for each in through(Month(2024, 11), Month(2025, 1))] == ["2024-11", "2024-12", "2025-01"]


@pytest.mark.parametrize("written", ["2024-13", "2024-1", "24-01", "2024-01-01", "", "٢٠٢٤-01"])
def test_a_month_is_written_in_one_way(written: str) -> None:
    with pytest.raises(ValueError, match="YYYY-MM"):
        Month.read(written)


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("stock_HVB", Kind.STOCK),
        ("open_investigations", Kind.STOCK),
        ("entries_SiS", Kind.FLOW),
        ("reports", Kind.FLOW),
        ("closed_without", Kind.FLOW),
        ("stock_", None),
        ("names", None),
        ("stock_HVB HVB", None),
    ],
)
def test_the_key_tells_whether_a_series_is_a_stock_or_a_flow(key: str, kind: Kind | None) -> None:
    assert kind_of(key) is kind


def test_a_correction_that_came_later_is_not_known_at_the_origin() -> None:
    reports = [Report(MAY, 10, date(2025, 6, 5)), Report(MAY, 14, date(2025, 9, 5)), Report(JUNE, 12, date(2025, 7, 4))]

    early = history_of("stock_HVB", reports, origin=JUNE, reporting_days=10)
    late = history_of("stock_HVB", reports, origin=None, reporting_days=10)

    assert early is not None
    assert late is not None
    assert early.counts.tolist() == [10, 12]
    assert late.counts.tolist() == [14, 12]
    assert [view.tolist() for view in late.views] == [[10], [14, 12]]


def test_a_month_not_reported_in_time_ends_the_history_one_month_earlier() -> None:
    reports = [Report(MAY, 10), Report(JUNE, 12, date(2025, 8, 1))]

    history = history_of("stock_HVB", reports, origin=JUNE, reporting_days=10)

    assert history is not None
    assert history.last == MAY


def test_a_month_that_was_unknown_at_the_time_is_unknown_in_that_view() -> None:
    reports = [Report(MAY, 10), Report(JUNE, 12, date(2025, 9, 1)), Report(JULY, 13)]

    history = history_of("stock_HVB", reports, origin=None, reporting_days=10)

    assert history is not None
    assert np.isnan(history.views[1][1])
    assert history.counts.tolist() == [10, 12, 13]


def test_the_history_begins_after_the_last_gap() -> None:
    months = [*through(Month(2024, 1), Month(2024, 6)), *through(Month(2024, 9), Month(2025, 2))]

    history = history_of("reports", [Report(month, 7) for month in months], origin=None, reporting_days=10)

    assert history is not None
    assert (history.first, history.last) == (Month(2024, 9), Month(2025, 2))


def test_nothing_is_known_before_the_first_month() -> None:
    assert history_of("reports", [Report(JUNE, 7)], origin=MAY, reporting_days=10) is None
    assert history_of("reports", [], origin=None, reporting_days=10) is None


def test_a_count_is_due_some_days_after_its_month() -> None:
    assert due(MAY, 10) == date(2025, 6, 10)


def test_a_count_told_again_differently_is_known_from_today_so_that_the_past_is_not_rewritten() -> None:
    added = news([Report(MAY, 10)], [Report(MAY, 11), Report(JUNE, 5)], carries_dates=False, today=TODAY)

    assert set(added) == {Report(JUNE, 5), Report(MAY, 11, TODAY)}


def test_what_is_told_again_unchanged_adds_nothing() -> None:
    known = [Report(MAY, 10, date(2025, 6, 1)), Report(JUNE, 5)]

    assert news(known, known, carries_dates=False, today=TODAY) == ()
    assert news(known, known, carries_dates=True, today=TODAY) == ()


def test_a_day_of_reporting_that_the_sender_gives_is_kept() -> None:
    told = Report(MAY, 14, date(2025, 9, 5))

    assert news([Report(MAY, 10)], [told], carries_dates=True, today=TODAY) == (told,)

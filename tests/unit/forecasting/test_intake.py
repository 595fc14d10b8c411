# SPDX-License-Identifier: EUPL-1.2
"""Which rows of an upload can stand, and what is said about those that cannot."""

import pytest

from services.forecasting.domain.intake import (
    Episodes,
    MissingColumns,
    Monthly,
    TooManySeries,
    UnknownColumns,
    read,
)
from services.forecasting.domain.months import Month
from services.forecasting.domain.series import Report
from services.forecasting.domain.tables import read_csv, read_json
from tests.unit.forecasting.builders import HEADER, TODAY, episodes_of, monthly_of


def why(found: Episodes | Monthly) -> list[tuple[int, str]]:
    return [(each.row, each.why.removeprefix("rejected.")) for each in found.rejected]


def test_the_header_tells_episodes_from_monthly_counts() -> None:
    assert isinstance(episodes_of("b-1,0,2024-01-01,,HVB,,,,,"), Episodes)
    assert isinstance(monthly_of("month,stock_HVB\n2024-01,3\n"), Monthly)


@pytest.mark.parametrize(
    ("header", "pointers"),
    [
        (HEADER + ",name", ["/header/10"]),
        ("month,stock_HVB,personnummer,note", ["/header/2", "/header/3"]),
        ("month,Stock_HVB", ["/header/1"]),
    ],
)
def test_an_unknown_column_is_refused_and_pointed_at(header: str, pointers: list[str]) -> None:
    cells = ",".join("1" for _ in header.split(","))

    with pytest.raises(UnknownColumns) as refused:
        read(read_csv(f"{header}\n{cells}\n".encode()), TODAY)

    assert [each.pointer for each in refused.value.errors] == pointers


def test_an_unknown_member_is_pointed_at_where_it_first_stands() -> None:
    body = b'{"monthly": [{"month": "2024-01", "reports": 1}, {"month": "2024-02", "na/me": 1}]}'

    with pytest.raises(UnknownColumns) as refused:
        read(read_json(body), TODAY)

    assert [each.pointer for each in refused.value.errors] == ["/monthly/1/na~1me"]


@pytest.mark.parametrize("header", ["a,b", "child_pseudonym,entry", "month", "month,reported_at", "stock_HVB"])
def test_a_header_that_tells_neither_is_refused(header: str) -> None:
    cells = ",".join("1" for _ in header.split(","))

    with pytest.raises((MissingColumns, UnknownColumns)):
        read(read_csv(f"{header}\n{cells}\n".encode()), TODAY)


def test_more_types_than_there_can_be_are_refused() -> None:
    with pytest.raises(TooManySeries):
        episodes_of(*(f"b-{index},0,2024-01-01,,T{index},,,,," for index in range(21)))


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",0,2024-01-01,,HVB,,,,,", "no_pseudonym"),
        ("x" * 101 + ",0,2024-01-01,,HVB,,,,,", "long_pseudonym"),
        ("20100101-2384,0,2024-01-01,,HVB,,,,,", "identity_number"),
        ("1001012384,0,2024-01-01,,HVB,,,,,", "identity_number"),
        ("010110-0000,0,2024-01-01,,HVB,,,,,", "identity_number"),
        ("01011000000,0,2024-01-01,,HVB,,,,,", "identity_number"),
        ("b-1,0,,,HVB,,,,,", "no_entry"),
        ("b-1,0,2024-02-30,,HVB,,,,,", "not_a_date"),
        ("b-1,0,20240201,,HVB,,,,,", "not_a_date"),
        ("b-1,0,2024-03-01,2024-02-01,HVB,,,,,", "exit_before_entry"),
        ("b-1,0,2027-01-01,,HVB,,,,,", "date_out_of_range"),
        ("b-1,0,1900-01-01,,HVB,,,,,", "date_out_of_range"),
        ("b-1,0,2024-01-01,2027-01-01,HVB,,,,,", "date_out_of_range"),
        ("b-1,0,2024-01-01,,,,,,,", "not_a_type"),
        ("b-1,0,2024-01-01,,hos Anna Berg,,,,,", "not_a_type"),
        ("b-1,0,2024-01-01,,HVB,,,,x,", "not_a_date"),
        ("b-1,0,2024-01-01", "broken_row"),
    ],
)
def test_an_episode_that_cannot_be_is_rejected_with_its_reason(row: str, reason: str) -> None:
    found = episodes_of(row, "b-2,0,2024-01-01,,HVB,,,,,")

    assert why(found) == [(2, reason)]
    assert [number for number, _ in found.accepted] == [3]


@pytest.mark.parametrize(
    "pseudonym",
    [
        "kommun_stor-00001",
        "b-1",
        "3f2a9c",
        "0198c1d2-7e2f-7000-8000-0123456789ab",
        "0ddd0802-9440-4f35-a18b-403273221420",
        "19959ebf90cb4d9d9a14a77606007923",
    ],
)
def test_a_pseudonym_is_not_taken_for_an_identity_number(pseudonym: str) -> None:
    assert why(episodes_of(f"{pseudonym},0,2024-01-01,,HVB,,,,,")) == []


def test_the_reason_never_repeats_what_the_cell_said() -> None:
    (rejected,) = episodes_of("b-1,0,hemlig,,HVB,,,,,").rejected

    assert "hemlig" not in f"{rejected.why} {rejected.values}"


def test_a_repeated_row_counts_once() -> None:
    row = "b-1,0,2024-01-01,,HVB,,,,,"

    found = episodes_of(row, row, row)

    assert len(found.accepted) == 1
    assert why(found) == [(3, "duplicate"), (4, "duplicate")]


def test_rows_that_contradict_each_other_do_not_count_either_of_them() -> None:
    found = episodes_of(
        "b-1,0,2024-01-01,,HVB,,,,,", "b-1,0,2024-01-01,2024-05-01,HVB,,,,,", "b-2,0,2024-01-01,,HVB,,,,,"
    )

    assert [number for number, _ in found.accepted] == [4]
    assert sorted(why(found)) == [(2, "contradiction"), (3, "contradiction")]


def test_monthly_counts_become_reports() -> None:
    found = monthly_of(
        "month,stock_HVB,entries_HVB,reported_at\n2024-01,7,,2024-02-05\n2024-02,8,2,2024-03-05T10:00:00Z\n"
    )

    assert found.reports["stock_HVB"][1] == Report(Month(2024, 2), 8, found.reports["entries_HVB"][0].reported_on)
    assert [str(each.reported_on) for each in found.reports["stock_HVB"]] == ["2024-02-05", "2024-03-05"]
    assert len(found.reports["entries_HVB"]) == 1


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("2024-13,1,", "not_a_month"),
        ("januari,1,", "not_a_month"),
        ("2026-11,1,", "month_not_ended"),
        ("2030-01,1,", "month_not_ended"),
        ("1901-01,1,", "date_out_of_range"),
        ("2024-01,-1,", "not_a_count"),
        ("2024-01,1.5,", "not_a_count"),
        ("2024-01,1e3,", "not_a_count"),
        ("2024-01,9999999,", "not_a_count"),
        ("2024-01,,", "no_counts"),
        ("2024-01,1,2023-12-31", "reported_too_early"),
        ("2024-01,1,2024-02-05T10:00:00", "not_a_date"),
        ("2024-01,1,2027-02-05", "date_out_of_range"),
    ],
)
def test_a_month_that_cannot_be_is_rejected_with_its_reason(row: str, reason: str) -> None:
    assert why(monthly_of(f"month,stock_HVB,reported_at\n{row}\n2024-05,3,\n")) == [(2, reason)]


def test_the_same_month_reported_twice_at_different_times_is_a_correction() -> None:
    found = monthly_of("month,reports,reported_at\n2024-01,7,2024-02-05\n2024-01,9,2024-06-05\n")

    assert [each.count for each in found.reports["reports"]] == [7, 9]
    assert why(found) == []


def test_the_same_month_with_two_counts_and_one_time_contradicts_itself() -> None:
    found = monthly_of("month,reports\n2024-01,7\n2024-01,9\n")

    assert sorted(why(found)) == [(2, "contradiction"), (3, "contradiction")]

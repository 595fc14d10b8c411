# SPDX-License-Identifier: EUPL-1.2
"""Reading an upload: what people's programs really write is taken, the rest refused whole."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import Refusal, Unacceptable
from services.forecasting.domain.tables import (
    MAX_ROWS,
    EmptyUpload,
    RepeatedColumns,
    TooManyRows,
    UnreadableUpload,
    read_csv,
    read_json,
)

WANTED = {"month": "2026-01", "reports": "12"}


@pytest.mark.parametrize(
    "content",
    [
        b"month,reports\n2026-01,12\n",
        b"month;reports\r\n2026-01;12\r\n",
        b"\xef\xbb\xbfmonth,reports\n2026-01,12",
        b'\n\n"month", reports \n\n"2026-01", 12 \n,\n',
    ],
)
def test_comma_semicolon_bom_quotes_and_empty_lines_are_all_read(content: bytes) -> None:
    (row,) = read_csv(content).rows

    assert row.cells == WANTED


@pytest.mark.parametrize(
    "content",
    [
        b'[{"month": "2026-01", "reports": 12}]',
        b'{"monthly": [{"month": "2026-01", "reports": "12"}]}',
        b'{"rows": [{"month": "2026-01", "reports": 12}]}',
    ],
)
def test_a_list_is_read_bare_or_wrapped(content: bytes) -> None:
    (row,) = read_json(content).rows

    assert (row.number, row.cells) == (1, WANTED)


def test_a_row_is_numbered_as_the_sender_sees_it() -> None:
    assert [row.number for row in read_csv(b"month,reports\n2026-01,1\n\n2026-02,2\n").rows] == [2, 4]


def test_a_row_with_other_cells_than_the_header_is_named_and_not_guessed() -> None:
    assert [row.cells is None for row in read_csv(b"month,reports\n2026-01\n2026-02,2,3\n2026-03,3\n").rows] == [
        True,
        True,
        False,
    ]


def test_a_json_value_that_is_neither_text_nor_a_whole_number_spoils_its_row_only() -> None:
    rows = read_json(b'[{"month": 1.5}, {"month": true}, {"month": ["a"]}, {"month": null}]').rows

    assert [row.cells for row in rows] == [None, None, None, {"month": ""}]


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"", EmptyUpload),
        (b" \n\n", EmptyUpload),
        (b"\xef\xbb\xbf", EmptyUpload),
        (b"month,reports\n", EmptyUpload),
        (b"month,reports\n2026-01,1\0\n", UnreadableUpload),
        ("month,anmälningar\n".encode("latin-1"), UnreadableUpload),
        ("month\n".encode("utf-16"), UnreadableUpload),
        (b'month,reports\n"2026-01,1\n', UnreadableUpload),
        (b"month,reports,month\n2026-01,1,2026-01\n", RepeatedColumns),
        (b"month\n" + b"2026-01\n" * (MAX_ROWS + 1), TooManyRows),
    ],
)
def test_a_csv_file_that_cannot_be_read_is_refused_whole(content: bytes, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        read_csv(content)


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"[]", EmptyUpload),
        (b'{"rows": []}', EmptyUpload),
        (b"{", UnreadableUpload),
        (b"12", UnreadableUpload),
        (b'{"people": [{}]}', UnreadableUpload),
        (b'{"rows": [{}], "more": 1}', UnreadableUpload),
        (b'[{"month": "2026-01"}, 3]', UnreadableUpload),
        (b'[{"reports": NaN}]', UnreadableUpload),
        (b'[{"month": "2026-01\\u0000"}]', UnreadableUpload),
        (b'[{"month": "2026-01", "month": "2026-02"}]', RepeatedColumns),
        (b"[" * 100_000, UnreadableUpload),
    ],
)
def test_json_that_cannot_be_read_is_refused_whole(content: bytes, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        read_json(content)


def test_a_repeated_column_is_pointed_at() -> None:
    with pytest.raises(RepeatedColumns) as refused:
        read_csv(b"month,reports,month\n1,2,3\n")

    assert [each.pointer for each in refused.value.errors] == ["/header/2"]


def test_half_a_character_in_a_name_can_still_be_pointed_at() -> None:
    (pointer,) = read_json(b'[{"\\ud800": "x"}]').pointers.values()

    assert pointer.encode() == b"/0/?"


@given(st.binary(max_size=300))
def test_whatever_comes_is_read_or_refused(content: bytes) -> None:
    for read in (read_csv, read_json):
        with suppress(Unacceptable):
            assert read(content).rows

# SPDX-License-Identifier: EUPL-1.2
"""Rows out of an uploaded text, before anybody asks what they mean. What cannot be read is refused whole.

No refusal repeats what a cell says, since a cell may hold what should never have been sent.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kernel.errors import FieldError, TooLarge, Unacceptable

MAX_ROWS = 20_000
_WRAPPINGS = ("rows", "episodes", "monthly")


class UnreadableUpload(Unacceptable):
    """The upload is not the text it says it is: wrong encoding, a NUL, broken quoting or broken JSON."""


class EmptyUpload(Unacceptable):
    """There is no row under the header, or nothing at all."""


class RepeatedColumns(Unacceptable):
    """Two columns have the same name, so that one of them would be lost."""


class TooManyRows(TooLarge):
    """More rows than any municipality has placements."""


@dataclass(frozen=True)
class Row:
    """`number` is what the sender sees: the line of a CSV file (the header is 1), or the place in a JSON list (from 1).

    `cells` is None when the row has another number of cells than the header.
    """

    number: int
    cells: Mapping[str, str] | None


@dataclass(frozen=True)
class Table:
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    # A JSON pointer for each column, so that a refusal can say where.
    pointers: Mapping[str, str]


def read_csv(content: bytes) -> Table:
    """Comma or semicolon, UTF-8 with or without BOM. Empty lines are passed over."""
    text = _text(content)
    first_line = text.lstrip("\r\n").split("\n", 1)[0]
    separator = ";" if first_line.count(";") > first_line.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        lines = [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
    except csv.Error:
        raise UnreadableUpload(f"line {reader.line_num} is not valid CSV") from None
    if len(lines) < 2:
        raise EmptyUpload("the file has no rows under a header")
    columns = [cell.strip() for cell in lines[0][1]]
    _refuse_repeated(columns)
    rows = (_csv_row(number, columns, cells) for number, cells in lines[1:])
    return Table(tuple(columns), _few(rows), {name: f"/header/{index}" for index, name in enumerate(columns)})


def read_json(content: bytes) -> Table:
    """A list of objects, or an object with that list as its only member `rows`, `episodes` or `monthly`."""
    try:
        read = json.loads(_text(content), object_pairs_hook=_object, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise UnreadableUpload("the body is not valid JSON") from None
    rows, pointer = _listed(read)
    if not rows:
        raise EmptyUpload("the body has no rows")
    pointers: dict[str, str] = {}
    for index, row in enumerate(rows):
        if not isinstance(row, dict):
            place = FieldError(f"{pointer}/{index}", "must be an object")
            raise UnreadableUpload("every row must be a JSON object", errors=[place])
        for name in row:
            pointers.setdefault(name, f"{pointer}/{index}/{_escaped(name)}")
    return Table(tuple(pointers), _few(_json_row(i + 1, row) for i, row in enumerate(rows)), pointers)


def _text(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        raise UnreadableUpload(f"byte {wrong.start} is not UTF-8; save the file as CSV UTF-8") from None
    if "\0" in text:
        raise UnreadableUpload("the upload contains a NUL character")
    if not text.strip():
        raise EmptyUpload("the upload is empty")
    return text


def _csv_row(number: int, columns: Sequence[str], cells: Sequence[str]) -> Row:
    if len(cells) != len(columns):
        return Row(number, None)
    return Row(number, {name: cell.strip() for name, cell in zip(columns, cells, strict=True)})


def _json_row(number: int, row: Mapping[str, Any]) -> Row:
    """Whole numbers and null are taken as their text; anything else that is not text makes the row unreadable."""
    cells = {}
    for name, value in row.items():
        if value is None or isinstance(value, str):
            cells[name] = (value or "").strip()
        elif isinstance(value, int) and not isinstance(value, bool):
            cells[name] = str(value)
        else:
            return Row(number, None)
    if any("\0" in cell for cell in cells.values()):
        raise UnreadableUpload("the upload contains a NUL character")
    return Row(number, cells)


def _listed(read: Any) -> tuple[list[Any], str]:
    if isinstance(read, list):
        return read, ""
    if isinstance(read, dict) and len(read) == 1:
        (name, rows), *_ = read.items()
        if name in _WRAPPINGS and isinstance(rows, list):
            return rows, f"/{name}"
    raise UnreadableUpload("the body must be a list of rows, or an object with one list `episodes` or `monthly`")


def _few(rows: Iterator[Row]) -> tuple[Row, ...]:
    read = tuple(rows)
    if len(read) > MAX_ROWS:
        raise TooManyRows(f"at most {MAX_ROWS} rows are taken in one upload")
    return read


def _refuse_repeated(columns: Sequence[str]) -> None:
    repeated = [i for i, name in enumerate(columns) if name in columns[:i]]
    if repeated:
        places = [FieldError(f"/header/{index}", "is the name of an earlier column") for index in repeated]
        raise RepeatedColumns("two columns have the same name", errors=places)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise RepeatedColumns("an object names the same member twice")
    return read


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _escaped(name: str) -> str:
    """A JSON pointer's escapes (RFC 6901, section 3). Half a character would not survive on its way back."""
    whole = name[:100].encode("utf-8", "replace").decode()
    return whole.replace("~", "~0").replace("/", "~1")

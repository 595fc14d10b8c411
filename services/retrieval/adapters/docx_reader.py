# SPDX-License-Identifier: EUPL-1.2
"""Word documents: headings by style or outline level, tables as rows, deleted text of tracked changes left out.

A docx is an archive of XML, so its size is judged before anything is unpacked and its entities are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any
from zipfile import BadZipFile, ZipFile, ZipInfo

from services.retrieval.domain.documents import (
    Block,
    BrokenFile,
    DocumentTooLarge,
    EncryptedFile,
    cleaned,
    depth_by_number,
)

ENTRIES = 2000
UNPACKED_BYTES = 200_000_000
XML_BYTES = 60_000_000
# Ordinary Word XML packs to about a tenth; bombs are made of packing a thousandfold.
PACKED_AT_MOST = 150
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_LEFT_OUT = frozenset(
    [
        f"{_W}del",
        f"{_W}moveFrom",
        f"{_W}pPr",
        f"{_W}rPr",
        "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback",
    ]
)
_HOLDERS = frozenset([f"{_W}sdt", f"{_W}sdtContent", f"{_W}ins", f"{_W}moveTo", f"{_W}customXml", f"{_W}smartTag"])


def read_docx(content: bytes) -> Iterator[Block]:
    _check_archive(content)
    import docx  # noqa: PLC0415 — costs 0.2 s, and only uploads of Word files need it

    try:
        document = docx.Document(BytesIO(content))
        depths = _depth_of_styles(document)
        blocks = list(_blocks(document.element.body, depths))
    except (KeyError, ValueError, BadZipFile, AttributeError, SyntaxError, OSError) as broken:
        raise BrokenFile("the Word file cannot be read to the end") from broken
    yield from blocks


def _check_archive(content: bytes) -> None:
    """Raise unless unpacking is safe. zipfile never unpacks more of an entry than the entry declares."""
    with ZipFile(BytesIO(content)) as archive:
        entries = archive.infolist()
        if any(each.flag_bits & 1 for each in entries):
            raise EncryptedFile("the Word file is locked with a password")
        unpacked = sum(each.file_size for each in entries)
        if len(entries) > ENTRIES or unpacked > UNPACKED_BYTES or any(map(_is_bomb, entries)):
            raise DocumentTooLarge("the Word file would unpack to more than a document can be")
        for each in entries:
            if each.filename.endswith((".xml", ".rels")):
                _check_xml(archive, each)


def _is_bomb(entry: ZipInfo) -> bool:
    too_dense = entry.file_size > 1_000_000 and entry.file_size > PACKED_AT_MOST * max(1, entry.compress_size)
    return too_dense or (entry.filename.endswith(".xml") and entry.file_size > XML_BYTES)


def _check_xml(archive: ZipFile, entry: ZipInfo) -> None:
    """Word writes UTF-8 or UTF-16 without a DOCTYPE. Entities make small files large and read other files."""
    try:
        with archive.open(entry) as part:
            head = part.read(65_536)
    except (BadZipFile, NotImplementedError, EOFError, OSError, ValueError) as broken:
        raise BrokenFile("a part of the Word file cannot be unpacked") from broken
    if b"<!" in head.replace(b"\x00", b"").replace(b"<!--", b"").replace(b"<![CDATA[", b""):
        raise BrokenFile("the Word file declares XML entities, which no word processor does")


def _depth_of_styles(document: Any) -> dict[str, int]:
    """The outline depth of each style that has one; "Title" is a heading above all others."""
    depths: dict[str, int] = {}
    for style in document.styles.element.iter(f"{_W}style"):
        style_id = style.get(f"{_W}styleId", "")
        name = style.find(f"{_W}name")
        named = re.match(r"heading (\d)|(title)$", name.get(f"{_W}val", "") if name is not None else "", re.IGNORECASE)
        outline = style.find(f"{_W}pPr/{_W}outlineLvl")
        if named:
            depths[style_id] = int(named[1] or 1)
        elif outline is not None and int(outline.get(f"{_W}val", "9")) < 9:
            depths[style_id] = int(outline.get(f"{_W}val")) + 1
    return depths


def _blocks(parent: Any, depths: dict[str, int]) -> Iterator[Block]:
    for element in parent:
        if element.tag == f"{_W}p":
            text = cleaned(_text(element))
            yield Block(text, (_depth(element, depths) or depth_by_number(text)) if text else 0)
        elif element.tag == f"{_W}tbl":
            for row in element.iter(f"{_W}tr"):
                yield Block(_row(row))
        elif element.tag in _HOLDERS:
            yield from _blocks(element, depths)


def _depth(paragraph: Any, depths: dict[str, int]) -> int:
    own = paragraph.find(f"{_W}pPr/{_W}outlineLvl")
    if own is not None and int(own.get(f"{_W}val", "9")) < 9:
        return int(own.get(f"{_W}val")) + 1
    style = paragraph.find(f"{_W}pPr/{_W}pStyle")
    return depths.get(style.get(f"{_W}val", ""), 0) if style is not None else 0


def _row(row: Any) -> str:
    """The cells of a row, side by side. A table inside a cell has rows of its own and is left out here."""
    cells = []
    for cell in row.iter(f"{_W}tc"):
        if cell.getparent() is row or cell.getparent().getparent() is row:
            parts = (cleaned(_text(each)) for each in cell.iterchildren(f"{_W}p"))
            cells.append(" ".join(filter(None, parts)).replace("\n", " "))
    return " | ".join(each for each in cells if each)


def _text(element: Any) -> str:
    parts = []
    for child in element:
        if child.tag in _LEFT_OUT:
            continue
        if child.tag == f"{_W}t":
            parts.append(child.text or "")
        elif child.tag in (f"{_W}tab", f"{_W}noBreakHyphen"):
            parts.append(" " if child.tag == f"{_W}tab" else "-")
        elif child.tag in (f"{_W}br", f"{_W}cr"):
            parts.append("\n")
        else:
            parts.append(_text(child))
    return "".join(parts)

# SPDX-License-Identifier: EUPL-1.2
"""PDF with a text layer: paragraphs with their pages, headings by number or by larger letters.

Lines that stand on most pages (running heads, page numbers) are left out. PDFium is not safe for
threads, hence the lock.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from services.retrieval.domain.documents import (
    Block,
    BrokenFile,
    DocumentTooLarge,
    EncryptedFile,
    ScannedPicture,
    cleaned,
    depth_by_number,
)

PAGES = 2000
# A heading's letters are at least this much larger than the text's.
LARGER = 1.12
# Paragraphs stand further apart than lines, by this factor at least; lines at most this many times the letters' size.
APART = 1.4
LINE_GAP = 1.5
_BULLET = re.compile(r"^(?:[•▪●○‣–*-]|\(?[a-zåäö]\)|\d{1,2}\))\s")
# PDFium puts one of these in place of a hyphen at the end of a line, and joins the lines.
_PARTED = re.compile(r"[\x02\ufffe]\s*")
_GOES_ON = re.compile(r"(?!(?:och|eller|samt|og|and|or)\b)[a-zåäöæø]")
_lock = threading.Lock()


@dataclass(frozen=True)
class _Line:
    """`top` is the height of the first letter, `end` that of the last: a line with a parted word is really two."""

    text: str
    page: int
    size: float
    top: float
    end: float


def read_pdf(content: bytes) -> Iterator[Block]:
    with _lock:
        lines = _lines(content)
    if sum(len(each.text) for each in lines) < 10:
        raise ScannedPicture(
            "the PDF has no text: its pages are scanned pictures; use the document it was made from, or one with text"
        )
    yield from _blocks(_without_running_heads(lines))


def _lines(content: bytes) -> list[_Line]:
    import pypdfium2  # noqa: PLC0415 — loads a library of 6 MB, and only uploads of PDF need it

    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as refused:
        if "password" in str(refused).lower():
            raise EncryptedFile("the PDF is locked with a password") from refused
        raise BrokenFile("the file begins as a PDF and cannot be opened") from refused
    try:
        if len(document) > PAGES:
            raise DocumentTooLarge(f"the PDF has more than {PAGES} pages")
        return [line for number in range(len(document)) for line in _lines_of(document, number)]
    except pypdfium2.PdfiumError as broken:
        raise BrokenFile("a page of the PDF cannot be read") from broken
    finally:
        document.close()


def _lines_of(document: Any, number: int) -> Iterator[_Line]:
    import pypdfium2.raw as pdfium  # noqa: PLC0415 — see above

    page = document[number]
    text_page = page.get_textpage()
    at = 0
    for line in text_page.get_text_range().splitlines(keepends=True):
        begin, at = at, at + len(line)
        text = cleaned(_PARTED.sub(_hyphen, line))
        if not text:
            continue
        first = begin + len(line) - len(line.lstrip())
        last = begin + len(line.rstrip()) - 1
        size = round(pdfium.FPDFText_GetFontSize(text_page, first), 1)
        yield _Line(text, number + 1, size, _height(text_page, first), _height(text_page, last))
    text_page.close()
    page.close()


def _height(text_page: Any, index: int) -> float:
    top = text_page.get_charbox(min(index, text_page.count_chars() - 1), loose=True)[3]
    return float(top)


def _hyphen(parted: re.Match[str]) -> str:
    """What stands for the break in a word: nothing, but "vård- och omsorg" keeps its hyphen."""
    return "" if _GOES_ON.match(parted.string, parted.end()) else "- "


def _without_running_heads(lines: Sequence[_Line]) -> list[_Line]:
    pages = {each.page for each in lines}
    if len(pages) < 3:
        return list(lines)
    edges = {number: _edges([each for each in lines if each.page == number]) for number in pages}
    counted = Counter(shape for shapes in edges.values() for shape in shapes)
    running = {shape for shape, often in counted.items() if often >= 0.6 * len(pages)}
    return [each for each in lines if not (_shape(each.text) in running and _shape(each.text) in edges[each.page])]


def _edges(lines: Sequence[_Line]) -> set[str]:
    """The shapes of the two highest and the two lowest lines of a page."""
    by_height = sorted(lines, key=lambda each: -each.top)
    return {_shape(each.text) for each in (*by_height[:2], *by_height[-2:])}


def _shape(text: str) -> str:
    return re.sub(r"\d+", "0", text)


def _blocks(lines: Sequence[_Line]) -> Iterator[Block]:
    body = _body_size(lines)
    gap = _line_gap(lines, body)
    depth_of = {size: depth for depth, size in enumerate(_heading_sizes(lines, body), start=1)}
    paragraph: list[_Line] = []
    for line in lines:
        depth = depth_by_number(line.text) or (depth_of.get(line.size, 0) if len(line.text) <= 120 else 0)
        if paragraph and (depth or _begins_anew(paragraph[-1], line, gap)):
            yield _joined(paragraph)
            paragraph = []
        if depth:
            yield Block(line.text, depth, line.page)
        else:
            paragraph.append(line)
    if paragraph:
        yield _joined(paragraph)


def _body_size(lines: Sequence[_Line]) -> float:
    """The size of most letters."""
    letters: Counter[float] = Counter()
    for each in lines:
        letters[each.size] += len(each.text)
    return letters.most_common(1)[0][0]


def _heading_sizes(lines: Sequence[_Line], body: float) -> list[float]:
    return sorted({each.size for each in lines if each.size >= body * LARGER}, reverse=True)


def _line_gap(lines: Sequence[_Line], body: float) -> float:
    """How far apart two lines of a paragraph are: the lower quartile, since most gaps are between such lines."""
    gaps = sorted(
        one.end - other.top
        for one, other in pairwise(lines)
        if one.page == other.page and one.size == other.size and one.end > other.top
    )
    return min(gaps[len(gaps) // 4], LINE_GAP * body) if gaps else LINE_GAP * body


def _begins_anew(before: _Line, line: _Line, gap: float) -> bool:
    if _BULLET.match(line.text) or before.size != line.size:
        return True
    if before.page != line.page:
        # A paragraph runs on over the page's end when its sentence does.
        return before.text[-1] in ".!?:" or line.text[:1].isupper()
    return before.end - line.top > gap * APART


def _joined(lines: Sequence[_Line]) -> Block:
    """One paragraph. A word parted by a plain hyphen at the end of a line is put together."""
    text = lines[0].text
    for each in lines[1:]:
        parted = re.search(r"\w-$", text) and _GOES_ON.match(each.text)
        text = text[:-1] + each.text if parted else f"{text} {each.text}"
    return Block(text, page=lines[0].page)

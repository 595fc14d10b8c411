# SPDX-License-Identifier: EUPL-1.2
"""Files of five formats, told apart by what is in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from zipfile import BadZipFile, ZipFile

from services.retrieval.adapters.docx_reader import read_docx
from services.retrieval.adapters.html_reader import read_html
from services.retrieval.adapters.markdown_reader import read_markdown
from services.retrieval.adapters.pdf_reader import read_pdf
from services.retrieval.adapters.text_reader import decoded, read_text
from services.retrieval.domain.documents import (
    Block,
    BrokenFile,
    Document,
    DocumentTooLarge,
    EmptyFile,
    Format,
    UnknownFormat,
)

LETTERS = 5_000_000
# A guideline's text without pictures is far smaller; reading this much takes about 15 s.
TEXT_BYTES = 5_000_000
_HTML = re.compile(
    r"^\s*(?:<\?xml[^>]*>\s*)?(?:<!--(?:(?!-->).)*-->\s*)*<(?:!doctype\s+html|html|head|body|article|main|section|h[1-6]|div|p)\b",
    re.IGNORECASE | re.DOTALL,
)
_MARKDOWN = re.compile(
    r"^(?:#{1,6} \S|(?:\* |- |\d+\. ).+\n(?:\* |- |\d+\. )|\|.+\|\s*\n\|[ :|-]+\|)|\*\*\S|\]\(https?:", re.MULTILINE
)
_NAMED: Mapping[bytes, str] = {
    b"\xd0\xcf\x11\xe0": "an old Word file (.doc) or a Word file with a password; save it as .docx without one",
    b"{\\rtf": "rich text (.rtf); save it as .docx",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"II*\x00": "a picture",
    b"MM\x00*": "a picture",
    b"\x1f\x8b": "a gzip archive",
    b"Rar!": "a rar archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"MZ": "a program",
    b"\x7fELF": "a program",
}


def format_of(content: bytes) -> Format:
    """What the content is. Raise `EmptyFile` or `UnknownFormat`, the latter naming what it looks like instead."""
    if not content.strip(b" \t\r\n\x00\xef\xbb\xbf"):
        raise EmptyFile("the file is empty")
    if b"%PDF-" in content[:1024]:
        return Format.PDF
    if content.startswith(b"PK"):
        return _of_archive(content)
    for beginning, name in _NAMED.items():
        if content.startswith(beginning):
            raise UnknownFormat(f"the file is {name}; guidelines are read from pdf, docx, html, md and txt")
    return _of_text(decoded(content))


def _of_archive(content: bytes) -> Format:
    try:
        names = set(ZipFile(BytesIO(content)).namelist())
    except (BadZipFile, ValueError, NotImplementedError, OSError) as broken:
        raise BrokenFile("the file begins as a Word file (a zip archive) and cannot be opened") from broken
    if "word/document.xml" in names:
        return Format.DOCX
    raise UnknownFormat(
        "the file is a zip archive, not a Word document; guidelines are read from pdf, docx, html, md and txt"
    )


def _of_text(text: str) -> Format:
    if _HTML.match(text[:4000]) or re.search(r"<(?:html|body)\b[^>]*>", text[:4000], re.IGNORECASE):
        return Format.HTML
    return Format.MARKDOWN if _MARKDOWN.search(text) else Format.TEXT


@dataclass(frozen=True)
class FileReader:
    largest_bytes: int = 25_000_000
    readers: Mapping[Format, Callable[[bytes], Iterable[Block]]] = field(
        default_factory=lambda: {
            Format.PDF: read_pdf,
            Format.DOCX: read_docx,
            Format.HTML: read_html,
            Format.MARKDOWN: read_markdown,
            Format.TEXT: read_text,
        }
    )

    def read(self, content: bytes) -> Document:
        if len(content) > self.largest_bytes:
            raise DocumentTooLarge(f"the file is larger than {self.largest_bytes} bytes")
        recognised = format_of(content)
        if recognised not in (Format.PDF, Format.DOCX) and len(content) > TEXT_BYTES:
            raise DocumentTooLarge(f"a text of this kind may be {TEXT_BYTES} bytes")
        blocks = []
        letters = 0
        for block in self.readers[recognised](content):
            letters += len(block.text)
            if letters > LETTERS:
                raise DocumentTooLarge(f"the document holds more than {LETTERS} letters")
            if block.text:
                blocks.append(block)
        if not blocks:
            raise EmptyFile("the file holds no text")
        return Document(recognised, tuple(blocks))

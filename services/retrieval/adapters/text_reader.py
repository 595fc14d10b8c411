# SPDX-License-Identifier: EUPL-1.2
"""Plain text: paragraphs between empty lines, and headings that carry a number."""

from __future__ import annotations

import re
from collections.abc import Iterator

from services.retrieval.domain.documents import Block, UnreadableText, cleaned, depth_by_number

_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_UNUSED = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x81\x8d\x8f\x90\x9d\ufffe\uffff]")


def decoded(content: bytes) -> str:
    """UTF-8, UTF-16 with its mark, or Windows-1252 as older systems write it. Raise `UnreadableText` for the rest."""
    for mark, encoding in (*_BOMS, (b"", "utf-8"), (b"", "cp1252")):
        if content.startswith(mark):
            try:
                text = content.decode(encoding)
            except UnicodeDecodeError:
                continue
            if _UNUSED.search(text):
                raise UnreadableText("the file holds characters that no text holds (NUL or other control characters)")
            return text.replace("\r\n", "\n").replace("\r", "\n")
    raise UnreadableText("the file is neither UTF-8, UTF-16 nor Windows-1252 text")


def read_text(content: bytes) -> Iterator[Block]:
    for paragraph in re.split(r"\n[^\S\n]*\n", decoded(content)):
        text = cleaned(paragraph)
        lines = text.split("\n", 1)
        if depth := depth_by_number(lines[0]):
            yield Block(lines[0], depth)
            text = lines[1] if len(lines) > 1 else ""
        yield Block(text)

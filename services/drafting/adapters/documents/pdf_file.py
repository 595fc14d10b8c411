# SPDX-License-Identifier: EUPL-1.2
"""The document as tagged PDF (PDF/UA-1), set by typst. Content goes in as data, so nothing in it can be markup."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import typst

from services.drafting.adapters.documents.outline import Block, outline_of, tidy
from services.drafting.domain.document import DocumentView

# Found by setting every character of the basic plane below U+3000: Latin, Greek, Cyrillic, Hebrew, Arabic, signs.
_IN_FONTS = (
    (0x20, 0x7E),
    (0xA0, 0x377),
    (0x3A3, 0x4FF),
    (0x5D0, 0x5EA),
    (0x621, 0x63A),
    (0x640, 0x655),
    (0x2010, 0x2027),
    (0x20A0, 0x20C0),
    (0x2190, 0x23FF),
)
LAYOUT = Path(__file__).with_name("layout.typ")


def as_pdf(document: DocumentView) -> bytes:
    """The same bytes for the same document: no time of making, embedded fonts only."""
    outline = outline_of(document)
    content = asdict(outline) | {"blocks": [_tagged(each) for each in outline.blocks]}
    written = json.dumps(_each_text(content, tidy), ensure_ascii=False)
    try:
        return _set(written)
    except typst.TypstError:
        return _set(json.dumps(_each_text(json.loads(written), _displayable), ensure_ascii=False))


def _set(outline: str) -> bytes:
    made = typst.compile(
        LAYOUT.read_bytes(),
        format="pdf",
        ignore_system_fonts=True,
        pdf_standards=["ua-1"],
        sys_inputs={"outline": outline},
        timestamp=0,
    )
    if not isinstance(made, bytes):
        raise TypeError("typst gave no single document")
    return made


def _each_text(content: object, changed: Callable[[str], str]) -> object:
    match content:
        case str():
            return changed(content)
        case dict():
            return {key: _each_text(value, changed) for key, value in content.items()}
        case list() | tuple():
            return [_each_text(each, changed) for each in content]
        case _:
            return content


def _displayable(text: str) -> str:
    """Characters that the embedded fonts may lack are told by their code: PDF/UA allows no empty box."""
    return "".join(
        each if any(first <= ord(each) <= last for first, last in _IN_FONTS) else f"[U+{ord(each):04X}]"
        for each in text
    )


def _tagged(block: Block) -> dict[str, object]:
    return {"kind": type(block).__name__, **asdict(block)}

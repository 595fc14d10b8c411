# SPDX-License-Identifier: EUPL-1.2
"""The document as Markdown (CommonMark with tables). What people wrote is escaped, so that it stays text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import assert_never

from services.drafting.adapters.documents.outline import Block, Grid, Heading, Listed, Sentences, outline_of, tidy
from services.drafting.domain.document import DocumentView

_SPECIAL = re.compile(r"([\\`*_\[\]<>|~])")
# What would begin a heading, a list, a quotation or a rule if it stood first in a line.
_OPENING = re.compile(r"^(\s*)(#{1,6}|[-+=>]|\d+[.)])(?=\s|$|[-=])")


def as_markdown(document: DocumentView) -> bytes:
    outline = outline_of(document)
    lines = [f"# {plain(outline.title)}", f"**{plain(outline.issuer)}**"]
    lines += [f"> {plain(outline.notice)}"] if outline.notice else []
    lines.append("\n".join(f"- {plain(label)}: {plain(value)}" for label, value in outline.facts))
    lines += [text for block in outline.blocks for text in _block(block)]
    return ("\n\n".join(lines) + "\n").encode()


def plain(text: str) -> str:
    """The text so that Markdown shows it as it is, on one line."""
    escaped = _SPECIAL.sub(r"\\\1", tidy(text))
    return _OPENING.sub(lambda found: found[1] + found[2][:-1] + "\\" + found[2][-1], escaped)


def _block(block: Block) -> Iterator[str]:
    match block:
        case Heading():
            yield f"{'#' * (block.level + 1)} {plain(block.text)}"
        case Sentences():
            yield "\n".join(f"{plain(text)} *{plain(mark)}*" if mark else plain(text) for text, mark in block.said)
        case Listed():
            yield "\n".join(
                f"{at}. {plain(each)}" if block.is_ordered else f"- {plain(each)}"
                for at, each in enumerate(block.items, start=1)
            )
        case Grid():
            rows = [block.header, ("---",) * len(block.header), *block.rows]
            yield "\n".join(_row(row, escape=at != 1) for at, row in enumerate(rows))
        case _:
            assert_never(block)


def _row(cells: Sequence[str], *, escape: bool) -> str:
    return f"| {' | '.join(plain(each) if escape else each for each in cells)} |"

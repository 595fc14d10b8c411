# SPDX-License-Identifier: EUPL-1.2
"""Markdown (CommonMark with tables). Markup goes, words stay; raw HTML inside is dropped, not run."""

from __future__ import annotations

from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

from services.retrieval.adapters.text_reader import decoded
from services.retrieval.domain.documents import Block, cleaned


def read_markdown(content: bytes) -> Iterator[Block]:
    depth = 0
    row: list[str] | None = None
    for token in MarkdownIt("commonmark", {"html": True}).enable("table").parse(decoded(content)):
        match token.type:
            case "heading_open":
                depth = int(token.tag[1:])
            case "tr_open":
                row = []
            case "tr_close":
                yield Block(" | ".join(each for each in row or () if each))
                row = None
            case "inline" if row is not None:
                row.append(_words(token))
            case "inline":
                yield Block(_words(token), depth)
                depth = 0
            case "fence" | "code_block":
                yield Block(cleaned(token.content))


def _words(token: Token) -> str:
    parts = []
    for child in token.children or ():
        if child.type in ("text", "code_inline"):
            parts.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            parts.append("\n" if child.type == "hardbreak" else " ")
        elif child.type == "image":
            parts.append(child.content)
    return cleaned("".join(parts))

# SPDX-License-Identifier: EUPL-1.2
"""Cutting a document into passages that can be cited, and saying where each one stands.

A passage never crosses a heading and never breaks a sentence or a paragraph of law: "11 kap. 1 §" stays whole.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from services.retrieval.domain.documents import Block
from services.retrieval.domain.guidelines import Cut
from services.retrieval.domain.language import Language
from services.retrieval.domain.sentences import sentences_of

# The embedding model reads 512 tokens, which is about 1 500 letters of Swedish; shorter passages are found better.
LARGEST = 1200
SMALLEST = 200
# "1 §", "3 a §", "§ 87", "Artikel 5", "Section 12" at the start of a block open a unit of law.
_UNIT = re.compile(
    r"^(?:\d+\s?[a-z]?\s?§|§§?\s?\d+(?:\s?[a-z])?\b|artikel\s\d+|article\s\d+|section\s\d+)", re.IGNORECASE
)
_CHAPTER = re.compile(r"^\d+\s?[a-z]?\s(?:kap\.|kapitel|kapittel)", re.IGNORECASE)


@dataclass
class _Unit:
    """Blocks that belong together: one paragraph of law, or a run of text under one heading."""

    headings: tuple[str, ...]
    mark: str = ""
    blocks: list[Block] = field(default_factory=list)


def cut(blocks: Iterable[Block], language: Language) -> list[Cut]:
    """The passages of a document, in order, each with an anchor such as "3.2 Städning, s. 14, st. 2"."""
    pieces = [
        (unit, piece) for unit in _units(blocks) for piece in _pieces(unit.blocks, language) if piece[0].text.strip()
    ]
    counted = Counter(_place(unit, piece, language) for unit, piece in pieces)
    seen: Counter[str] = Counter()
    cuts = []
    for unit, piece in pieces:
        place = _place(unit, piece, language)
        seen[place] += 1
        if counted[place] > 1:
            place = f"{place}, {language.piece} {seen[place]}" if place else f"{language.piece} {seen[place]}"
        heading = unit.headings[-1] if unit.headings else ""
        cuts.append(Cut(heading, "\n".join(block.text for block in piece), place))
    return cuts


def anchored(cuts: Sequence[Cut], language: Language) -> list[Cut]:
    """Anchors for passages that came already cut: the heading, and which one of several under the same heading."""
    counted = Counter(each.heading for each in cuts)
    seen: Counter[str] = Counter()
    placed = []
    for each in cuts:
        seen[each.heading] += 1
        anchor = each.heading
        if counted[each.heading] > 1 or not anchor:
            anchor = ", ".join(filter(None, (each.heading, f"{language.piece} {seen[each.heading]}")))
        placed.append(Cut(each.heading, each.text, anchor, each.key))
    return placed


def _units(blocks: Iterable[Block]) -> Iterator[_Unit]:
    headings: list[tuple[int, str]] = []
    unit = _Unit(())
    for block in blocks:
        if block.depth or _CHAPTER.match(block.text):
            yield unit
            depth = block.depth or 1
            headings = [each for each in headings if each[0] < depth] + [(depth, block.text)]
            mark = _UNIT.match(block.text)
            unit = _Unit(tuple(text for _, text in headings), mark.group() if mark else "")
        elif opened := _UNIT.match(block.text):
            yield unit
            unit = _Unit(tuple(text for _, text in headings), opened.group(), [block])
        else:
            unit.blocks.append(block)
    yield unit


def _pieces(blocks: Sequence[Block], language: Language) -> Iterator[list[Block]]:
    """Runs of blocks up to `LARGEST` letters. A block longer than that is parted between sentences."""
    piece: list[Block] = []
    size = 0
    for block in (part for whole in blocks for part in _parts(whole, language)):
        if piece and size + len(block.text) > LARGEST:
            yield piece
            piece, size = [], 0
        piece.append(block)
        size += len(block.text)
        if size >= LARGEST - SMALLEST:
            yield piece
            piece, size = [], 0
    if piece:
        yield piece


def _parts(block: Block, language: Language) -> Iterator[Block]:
    if len(block.text) <= LARGEST:
        yield block
        return
    part = ""
    for sentence in sentences_of(block.text, language):
        for stretch in _stretches(sentence):
            if part and len(part) + len(stretch) + 1 > LARGEST:
                yield Block(part, page=block.page)
                part = ""
            part = f"{part} {stretch}" if part else stretch
    if part:
        yield Block(part, page=block.page)


def _stretches(sentence: str) -> Iterator[str]:
    """A sentence longer than a passage (a table, a list without stops) is parted at spaces, or where it must be."""
    while len(sentence) > LARGEST:
        space = sentence.rfind(" ", 0, LARGEST)
        end = space if space > 0 else LARGEST
        yield sentence[:end].rstrip()
        sentence = sentence[end:].lstrip()
    yield sentence


def _place(unit: _Unit, piece: Sequence[Block], language: Language) -> str:
    heading = unit.headings[-1] if unit.headings else ""
    chapter = next((each for each in unit.headings if _CHAPTER.match(each)), "")
    parts = [chapter] if chapter and chapter != heading else []
    parts.append(heading)
    if unit.mark and not heading.startswith(unit.mark):
        parts.append(unit.mark)
    if piece[0].page is not None:
        parts.append(f"{language.page} {piece[0].page}")
    return ", ".join(filter(None, parts))

# SPDX-License-Identifier: EUPL-1.2
"""HTML: headings, paragraphs, list items and table rows. Scripts, styles and hidden parts are dropped."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser

from services.retrieval.adapters.text_reader import decoded
from services.retrieval.domain.documents import Block, cleaned

# Not "form": some systems wrap the whole page in one. Not "head": its end tag may be left out.
_DROPPED = frozenset("script style noscript template title nav svg math iframe object button select textarea".split())  # noqa: SIM905 — reads better as words
_BREAKING = frozenset(
    "p div section article main header footer aside blockquote pre ul ol li dl dt dd table thead tbody tfoot tr figure "  # noqa: SIM905 — as above
    "figcaption address details summary hr h1 h2 h3 h4 h5 h6 body html head form fieldset caption".split()
)
# Only elements whose end tag cannot be left out: with the others, hiding would have no end.
_HIDEABLE = frozenset(["div", "span", "section", "article", "aside", "header", "footer", "table", "ul", "ol"])
_VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())  # noqa: SIM905 — as above


class _Blocks(HTMLParser):
    """Collects blocks. What is inside a dropped element is skipped until that element ends."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[Block] = []
        self._words: list[str] = []
        self._depth = 0
        self._skipped: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        concealed = "hidden" in given or given.get("aria-hidden") == "true"
        hidden = tag in _DROPPED or (concealed and tag in _HIDEABLE)
        if (self._skipped or hidden) and tag not in _VOID:
            if not self._skipped or tag == self._skipped[0]:
                self._skipped.append(tag)
            return
        if tag in _BREAKING:
            self.end_block()
        if tag[0] == "h" and tag[1:].isdigit():
            self._depth = int(tag[1:])
        elif tag == "br":
            self._words.append("\n")
        elif tag in ("td", "th") and self._words:
            self._words.append(" | ")

    def handle_endtag(self, tag: str) -> None:
        if self._skipped:
            if tag == self._skipped[-1]:
                self._skipped.pop()
            return
        if tag in _BREAKING:
            self.end_block()

    def handle_data(self, data: str) -> None:
        if not self._skipped:
            self._words.append(data.replace("\n", " "))

    def end_block(self) -> None:
        text = cleaned("".join(self._words)).strip("| ")
        if text:
            self.blocks.append(Block(text, self._depth))
        self._words, self._depth = [], 0


def read_html(content: bytes) -> Iterator[Block]:
    parser = _Blocks()
    parser.feed(decoded(content))
    parser.close()
    parser.end_block()
    yield from parser.blocks

# SPDX-License-Identifier: EUPL-1.2
"""A document as read: headings and blocks in order, each with its page where the format has pages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from unicodedata import category, normalize

from kernel.errors import TooLarge, Unacceptable, UnsupportedContent


class Format(StrEnum):
    """What a file is, by its content. Its name and its declared type are not asked."""

    PDF = "pdf"
    DOCX = "docx"
    HTML = "html"
    MARKDOWN = "md"
    TEXT = "txt"


class EmptyFile(Unacceptable):
    """There is nothing in the file."""


class BrokenFile(Unacceptable):
    """The file begins as its format and cannot be read to the end."""


class EncryptedFile(Unacceptable):
    """The file is locked with a password, which the platform neither has nor asks for."""


class ScannedPicture(Unacceptable):
    """The pages are pictures of text. Text recognition would guess at the wording of a rule, so it is not tried."""


class UnreadableText(Unacceptable):
    """The text holds what no text may hold, such as NUL, or is in no known encoding."""


class UnknownFormat(UnsupportedContent):
    """None of the accepted formats, whatever the file's name says."""


class DocumentTooLarge(TooLarge):
    """More than a guideline can be: bytes, pages, letters, or what an archive would unpack to."""


@dataclass(frozen=True)
class Block:
    """A heading (`depth` 1 and up), or a paragraph, list item or table row (`depth` 0)."""

    text: str
    depth: int = 0
    page: int | None = None


@dataclass(frozen=True)
class Document:
    format: Format
    blocks: tuple[Block, ...]


# "3 Hjälp i hemmet", "3.2 Städning": a short line with a number and a capital, without a stop at the end.
_NUMBERED = re.compile(r"^(\d{1,2}(?:\.\d{1,2}){0,4})\.?\s+[^\W\d_a-zåäöæø].{0,110}(?<![.,;:])$")
_SPACES = re.compile(r"[^\S\n]+")


def cleaned(text: str) -> str:
    """Composed (NFC), without characters that nobody sees, and with single spaces. Line breaks stay."""
    shown = "".join(each for each in normalize("NFC", text) if each in "\n\t" or category(each) not in ("Cc", "Cf"))
    return "\n".join(_SPACES.sub(" ", line).strip() for line in shown.split("\n")).strip()


def depth_by_number(line: str) -> int:
    """How deep a heading its own number says it is ("3.2" is 2), or 0 for a line that is no numbered heading."""
    found = _NUMBERED.match(line)
    return found.group(1).count(".") + 1 if found else 0

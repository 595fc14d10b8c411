# SPDX-License-Identifier: EUPL-1.2
"""What is read of a file, and what is said of one that cannot be read."""

from __future__ import annotations

from time import perf_counter

import pytest
from docx.document import Document
from docx.oxml import parse_xml

from kernel.errors import Refusal
from services.retrieval.adapters.file_reader import FileReader
from services.retrieval.domain.documents import Format
from tests.unit.retrieval.files import a_docx, a_locked_pdf, a_pdf, a_picture_pdf, a_zip, with_part

READER = FileReader(largest_bytes=6_000_000)
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def shown(content: bytes) -> list[tuple[int, str]]:
    return [(each.depth, each.text) for each in READER.read(content).blocks]


def test_a_pdf_gives_headings_paragraphs_and_pages() -> None:
    content = a_pdf(
        [
            (18, 780, "Riktlinjer för hemtjänst"),
            (14, 740, "3.2 Städning"),
            (11, 715, "Hjälp med städning beviljas normalt var tredje vecka och om-"),
            (11, 701, "fattar två rum och kök. Hushålls-"),
            (11, 687, "och klädvård ingår."),
            (11, 650, "Fönsterputs ingår en gång per år."),
        ],
        [(11, 700, "Tvätt utförs varannan vecka.")],
    )

    blocks = READER.read(content).blocks

    assert [(each.depth, each.page, each.text) for each in blocks] == [
        (1, 1, "Riktlinjer för hemtjänst"),
        (2, 1, "3.2 Städning"),
        (
            0,
            1,
            (
                "Hjälp med städning beviljas normalt var tredje vecka och omfattar två rum och kök. "
                "Hushålls- och klädvård ingår."
            ),
        ),
        (0, 1, "Fönsterputs ingår en gång per år."),
        (0, 2, "Tvätt utförs varannan vecka."),
    ]


def test_running_heads_and_page_numbers_are_left_out() -> None:
    pages = [
        [(9, 810, "Ekhamra kommun"), (11, 700, f"Stycke {word} gäller alla."), (9, 30, f"{number} (3)")]
        for number, word in enumerate(("ett", "två", "tre"), start=1)
    ]

    assert [text for _, text in shown(a_pdf(*pages))] == [
        "Stycke ett gäller alla.",
        "Stycke två gäller alla.",
        "Stycke tre gäller alla.",
    ]


def test_a_word_file_gives_headings_by_style_and_tables_as_rows() -> None:
    def write(document: Document) -> None:
        document.add_heading("Insatser", 1)
        document.add_paragraph("Städning beviljas.")
        table = document.add_table(rows=2, cols=2)
        for cell, text in zip(table._cells, ("Insats", "Hur ofta", "Städning", "Var tredje vecka"), strict=True):
            cell.text = text
        document.add_heading("Tvätt", 2)

    assert shown(a_docx(write)) == [
        (1, "Insatser"),
        (0, "Städning beviljas."),
        (0, "Insats | Hur ofta"),
        (0, "Städning | Var tredje vecka"),
        (2, "Tvätt"),
    ]


def test_tracked_changes_read_as_accepted() -> None:
    def write(document: Document) -> None:
        document.element.body.insert(
            0,
            parse_xml(
                f"<w:p {W}><w:r><w:t xml:space='preserve'>Beviljas </w:t></w:r>"
                "<w:del><w:r><w:delText>aldrig</w:delText></w:r></w:del>"
                "<w:ins><w:r><w:t>efter behov</w:t></w:r></w:ins><w:r><w:t>.</w:t></w:r></w:p>"
            ),
        )

    assert shown(a_docx(write)) == [(0, "Beviljas efter behov.")]


def test_text_in_a_content_control_is_not_lost() -> None:
    def write(document: Document) -> None:
        inside = f"<w:sdt {W}><w:sdtContent><w:p><w:r><w:t>Avgiften tas ut.</w:t></w:r></w:p></w:sdtContent></w:sdt>"
        document.element.body.insert(0, parse_xml(inside))

    assert shown(a_docx(write)) == [(0, "Avgiften tas ut.")]


def test_html_loses_its_scripts_and_keeps_its_words() -> None:
    content = (
        "<!doctype html><html><head><title>x</title><script>evil()</script><style>p{}</style>"
        "<body><form><h2>Tv&auml;tt</h2><p>Utf&ouml;rs <b>varannan</b> vecka.<p hidden>Dold<p>Synlig.</p>"
        "<div hidden><p>Dold text</p></div><ul><li>Ett<li>Två</ul>"
        "<table><tr><td>Dag<td>Tid<tr><td>Måndag<td>09</table><script>if (a<b) {}</script><p>Sist.</form>"
    ).encode()

    assert shown(content) == [
        (2, "Tvätt"),
        (0, "Utförs varannan vecka."),
        (0, "Dold"),
        (0, "Synlig."),
        (0, "Ett"),
        (0, "Två"),
        (0, "Dag | Tid"),
        (0, "Måndag | 09"),
        (0, "Sist."),
    ]


def test_markdown_loses_its_markup_and_keeps_its_words() -> None:
    content = (
        "# Riktlinjer\n\n## Tvätt\n\nUtförs **varannan** vecka i [tvättstugan](https://x.example).\nÄven lakan.\n\n"
        "- Ett\n- Två\n\n| Dag | Tid |\n|---|---|\n| Måndag | 09 |\n\n<script>evil()</script>\n"
    ).encode()

    assert shown(content) == [
        (1, "Riktlinjer"),
        (2, "Tvätt"),
        (0, "Utförs varannan vecka i tvättstugan. Även lakan."),
        (0, "Ett"),
        (0, "Två"),
        (0, "Dag | Tid"),
        (0, "Måndag | 09"),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_plain_text_is_read_in_the_encodings_that_occur(encoding: str) -> None:
    content = "3.2 Städning\r\nHjälp beviljas.\r\n\r\nFönsterputs ingår.".encode(encoding)

    document = READER.read(content)

    assert document.format is Format.TEXT
    assert shown(content) == [(2, "3.2 Städning"), (0, "Hjälp beviljas."), (0, "Fönsterputs ingår.")]


def test_letters_are_composed_and_unseen_characters_removed() -> None:
    assert shown("Sta\u0308d\u00adning\u200b  ga\u030ar.".encode()) == [(0, "Städning går.")]


@pytest.mark.parametrize(
    "content",
    [b"<!-- -->" * 500 + b"x", b"<" * 100_000, b"| |" * 50_000, b"1. " * 50_000, b"- a\n" * 3_000, b">" * 50_000],
)
def test_text_made_to_be_slow_is_read_quickly(content: bytes) -> None:
    started = perf_counter()

    READER.read(content)

    assert perf_counter() - started < 5


BOMB = a_zip(word__document_xml=b" " * 5_000_000)
ENTITIES = with_part(
    a_docx(lambda document: document.add_paragraph("Text") and None),
    "word/document.xml",
    f'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "ha">]><w:document {W}><w:body/></w:document>'.encode(),
)


@pytest.mark.parametrize(
    ("content", "status", "problem", "says"),
    [
        (b"", 422, "empty-file", "empty"),
        (b" \r\n\t ", 422, "empty-file", "empty"),
        (b"\x00" * 50, 422, "empty-file", "empty"),
        ("\ufeff".encode(), 422, "empty-file", "empty"),
        (b"<html><script>x()</script></html>", 422, "empty-file", "no text"),
        (a_picture_pdf(), 422, "scanned-picture", "scanned picture"),
        (a_locked_pdf(), 422, "encrypted-file", "password"),
        (b"%PDF-1.7\ngarbage", 422, "broken-file", "PDF"),
        (a_pdf([(11, 700, "Text som tar slut mitt i.")])[:60], 422, "broken-file", "PDF"),
        (a_zip(readme_txt=b"hej"), 415, "unknown-format", "zip archive"),
        (b"PK\x03\x04 broken", 422, "broken-file", "Word"),
        (a_zip(word__document_xml=b"<not xml"), 422, "broken-file", "Word"),
        (BOMB, 413, "document-too-large", "unpack"),
        (
            a_zip(word__document_xml=b"<a/>", **{f"x{n}_xml": b"" for n in range(2100)}),
            413,
            "document-too-large",
            "unpack",
        ),
        (ENTITIES, 422, "broken-file", "entities"),
        (b"\xd0\xcf\x11\xe0" + b"\x00" * 600, 415, "unknown-format", "old Word file"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 100, 415, "unknown-format", "picture"),
        (b"Text med \x00 i.", 422, "unreadable-text", "NUL"),
        (b"\x07\x08binary\x01", 422, "unreadable-text", "control"),
        (b"\xff\xfe\x00\xd8", 422, "unreadable-text", "control"),
        (b"a" * 5_000_001, 413, "document-too-large", "5000000"),
        (b"%PDF-" + b"a" * 6_000_000, 413, "document-too-large", "6000000"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_reason(content: bytes, status: int, problem: str, says: str) -> None:
    with pytest.raises(Refusal) as refused:
        READER.read(content)

    assert (refused.value.status, refused.value.type) == (status, f"/problems/{problem}")
    assert says in refused.value.detail

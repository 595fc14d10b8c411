# SPDX-License-Identifier: EUPL-1.2
"""The four forms of a document, read back with the programs' own libraries."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace

import docx
import pypdfium2
import pytest

from services.drafting.adapters.documents import DOCX, JSON, MARKDOWN, MEDIA_TYPES, PDF, render
from services.drafting.domain.document import DocumentView
from services.drafting.domain.section import Section, SectionState
from tests.unit.drafting.documented_cases import a_case_text, a_document, saying

LANGUAGES = ("sv", "da", "nb", "en")
TYPST_MARKUP = '#read("/etc/passwd") $x$ *b* _i_ @label <tag> // remark `raw` #include "x"'
ODD_TEXTS = [
    TYPST_MARKUP,
    "Å ä ö æ ø é ü ß – ”citat” 14 000 kr ½ §",
    "😀 中文 العربية עברית кириллица",
    "nul \x00 escape \x1b \u202etnemucod\u202c",
    "# rubrik\n- punkt | cell | [länk](javascript:x) <b>",
    "",
]


def text_of_pdf(content: bytes) -> str:
    pages = pypdfium2.PdfDocument(content)
    return " ".join(" ".join(page.get_textpage().get_text_bounded() for page in pages).split())


def text_of_docx(content: bytes) -> str:
    read = docx.Document(io.BytesIO(content))
    cells = [cell.text for table in read.tables for row in table.rows for cell in row.cells]
    return " ".join([*(each.text for each in read.paragraphs), *cells])


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
def test_the_same_document_gives_the_same_bytes(media_type: str) -> None:
    assert render(a_document(), media_type) == render(a_document(), media_type)


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_form_speaks_every_language(media_type: str, language: str) -> None:
    assert render(replace(a_document(), language=language), media_type)


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
@pytest.mark.parametrize("odd", ODD_TEXTS)
def test_no_text_that_somebody_wrote_stops_a_form(media_type: str, odd: str) -> None:
    assert render(a_document(saying(odd)), media_type)


def test_markup_in_a_sentence_stays_text_in_the_pdf() -> None:
    assert TYPST_MARKUP in text_of_pdf(render(a_document(saying(TYPST_MARKUP)), PDF))


def test_a_character_without_a_glyph_is_told_by_its_code() -> None:
    assert "Katten [U+1F600] sover" in text_of_pdf(render(a_document(saying("Katten 😀 sover")), PDF))


def test_the_pdf_is_tagged_and_says_its_language_and_title() -> None:
    content = render(a_document(), PDF)

    assert pypdfium2.PdfDocument(content).get_metadata_value("Title") == a_document().title
    assert pypdfium2.PdfDocument(content).is_tagged()
    assert b"/Lang(sv" in content
    assert b"pdfuaid:part" in content


@pytest.mark.parametrize(("media_type", "text_of"), [(PDF, text_of_pdf), (DOCX, text_of_docx)])
def test_paper_holds_every_sentence_with_its_origin_and_sources(
    media_type: str, text_of: Callable[[bytes], str]
) -> None:
    text = text_of(render(a_document(), media_type))

    assert "Aina vågar inte duscha själv. (AI; källa 1)" in text
    assert "Karl städar. (AI, ändrad av handläggaren; källa 2)" in text
    assert "”vågar inte duscha själv”" in text
    assert "den 22 oktober 2026" in text
    assert "SoL (2025:400) 11 kap. 1 §" in text


def test_the_docx_has_headings_a_language_header_rows_and_no_time() -> None:
    content = render(a_document(), DOCX)

    read, packed = docx.Document(io.BytesIO(content)), zipfile.ZipFile(io.BytesIO(content))

    styles = {each.text: each.style.name for each in read.paragraphs if each.style is not None}
    assert styles["Personlig vård"] == "Heading 1"
    assert read.core_properties.title == a_document().title
    assert read.core_properties.language == "sv-SE"
    assert packed.read("word/document.xml").count(b"<w:tblHeader/>") == len(read.tables)
    assert b'w:val="sv-SE"' in packed.read("word/styles.xml")
    assert {each.date_time for each in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_markup_in_a_sentence_stays_text_in_markdown() -> None:
    text = render(a_document(saying("# rubrik | [länk](x) <b> *fet*")), MARKDOWN).decode()

    assert r"\# rubrik \| \[länk\](x) \<b\> \*fet\*" in text


def test_json_holds_every_sentence_with_origin_and_numbered_sources() -> None:
    document = json.loads(render(a_document(), JSON))

    sentence = document["sections"][0]["sentences"][0]
    source = next(each for each in document["sources"] if each["number"] == sentence["sources"][0])
    assert (sentence["text"], sentence["origin"]) == ("Aina vågar inte duscha själv.", "machine")
    assert source["quote"] == "vågar inte duscha själv"
    assert document["decision"]["decided_on"] == "2026-10-22"


def test_an_unfinished_document_says_so_and_claims_no_approval() -> None:
    unfinished = a_document(a_case_text(d6=Section("case-1", "d6", SectionState.EMPTY)))

    text = _plain(unfinished)

    assert "Arbetsmaterial: 1 rubriker" in text
    assert "ska läsa och godkänna texten innan" in text
    assert "har läst och godkänt hela texten" not in text


def test_a_finished_document_says_that_a_human_decided() -> None:
    text = _plain(a_document())

    assert "Arbetsmaterial" not in text
    assert "har läst och godkänt hela texten, och beslutet är fattat av en människa" in text


def _plain(document: DocumentView) -> str:
    return render(document, MARKDOWN).decode()

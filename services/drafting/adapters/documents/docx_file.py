# SPDX-License-Identifier: EUPL-1.2
"""The document for word processors: real headings, lists and tables, the language set, no trace of when it was made."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import assert_never

import docx
from docx.document import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from docx.table import Table

from services.drafting.adapters.documents.outline import (
    Block,
    Grid,
    Heading,
    Listed,
    Outline,
    Sentences,
    outline_of,
    tidy,
)
from services.drafting.domain.document import DocumentView

# The earliest time that a zip archive can hold: what is in the file says when things happened, not the file.
_NO_TIME = (1980, 1, 1, 0, 0, 0)
_TEXT_WIDTH_CM = 15.2
_LOCALES = {"sv": "sv-SE", "da": "da-DK", "nb": "nb-NO", "en": "en-GB"}


def as_docx(document: DocumentView) -> bytes:
    outline = outline_of(document)
    made = docx.Document()
    _describe(made, outline)
    made.add_paragraph(tidy(outline.issuer))
    made.add_heading(tidy(outline.title), level=0)
    if outline.notice:
        made.add_paragraph(tidy(outline.notice), style="Intense Quote")
    for label, value in outline.facts:
        paragraph = made.add_paragraph()
        paragraph.add_run(f"{tidy(label)}: ").bold = True
        paragraph.add_run(tidy(value))
    for block in outline.blocks:
        _add(made, block)
    kept = io.BytesIO()
    made.save(kept)
    return _without_times(kept.getvalue())


def _describe(made: Document, outline: Outline) -> None:
    properties = made.core_properties
    properties.title, properties.author = tidy(outline.title), tidy(outline.issuer)
    properties.language = _LOCALES.get(outline.language, outline.language)
    properties.comments, properties.last_modified_by = "", ""
    properties.created = properties.modified = datetime(*_NO_TIME, tzinfo=UTC)
    for style in made.styles.element.iter(qn("w:lang")):
        style.set(qn("w:val"), properties.language)
    made.styles["Normal"].font.name = "Calibri"
    made.styles["Normal"].font.size = Pt(11)


def _add(made: Document, block: Block) -> None:
    match block:
        case Heading():
            made.add_heading(tidy(block.text), level=block.level)
        case Sentences():
            _add_sentences(made, block)
        case Listed():
            for each in block.items:
                made.add_paragraph(tidy(each), style="List Number" if block.is_ordered else "List Bullet")
        case Grid():
            _add_grid(made, block)
        case _:
            assert_never(block)


def _add_sentences(made: Document, block: Sentences) -> None:
    paragraph = made.add_paragraph()
    for at, (text, mark) in enumerate(block.said):
        paragraph.add_run(f" {tidy(text)}" if at else tidy(text))
        if mark:
            run = paragraph.add_run(f" {tidy(mark)}")
            run.font.size, run.font.color.rgb = Pt(8.5), RGBColor(0x55, 0x55, 0x55)


def _add_grid(made: Document, block: Grid) -> None:
    table = made.add_table(rows=1, cols=len(block.header), style="Table Grid")
    table.autofit = False
    _describe_table(table, block.caption)
    _fill(table, 0, block.header)
    for row in block.rows:
        table.add_row()
        _fill(table, -1, row)
    for column, share in zip(table.columns, block.widths, strict=True):
        column.width = Cm(_TEXT_WIDTH_CM * share / sum(block.widths))
        for cell in column.cells:
            cell.width = column.width
    for cell in table.rows[0].cells:
        for run in cell.paragraphs[0].runs:
            run.bold = True
    made.add_paragraph()


def _describe_table(table: Table, caption: str) -> None:
    """A header row that is repeated and read out as one, and a caption for those who cannot see the table."""
    header = OxmlElement("w:tblHeader")
    table.rows[0]._tr.get_or_add_trPr().append(header)  # noqa: SLF001 python-docx has no public way
    described = OxmlElement("w:tblCaption")
    described.set(qn("w:val"), tidy(caption))
    table._tbl.tblPr.append(described)  # noqa: SLF001 as above


def _fill(table: Table, row: int, cells: Sequence[str]) -> None:
    for cell, text in zip(table.rows[row].cells, cells, strict=True):
        cell.text = tidy(text)


def _without_times(packed: bytes) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as before, zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as after:
        for entry in before.infolist():
            timeless = zipfile.ZipInfo(entry.filename, _NO_TIME)
            timeless.compress_type = zipfile.ZIP_DEFLATED
            after.writestr(timeless, before.read(entry))
    return kept.getvalue()

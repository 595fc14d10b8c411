# SPDX-License-Identifier: EUPL-1.2
"""A case's document in four forms. The same document gives the same bytes, whenever and wherever it is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from services.drafting.adapters.documents.json_file import as_json
from services.drafting.adapters.documents.markdown_file import as_markdown
from services.drafting.adapters.documents.pdf_file import as_pdf
from services.drafting.domain.document import DocumentView

JSON = "application/json"
MARKDOWN = "text/markdown"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PDF = "application/pdf"


def as_docx(document: DocumentView) -> bytes:
    from services.drafting.adapters.documents import docx_file  # noqa: PLC0415 — costs 0.3 s, and few ask for Word

    return docx_file.as_docx(document)


_FORMS: Mapping[str, Callable[[DocumentView], bytes]] = {
    JSON: as_json,
    MARKDOWN: as_markdown,
    DOCX: as_docx,
    PDF: as_pdf,
}
MEDIA_TYPES = tuple(_FORMS)


def render(document: DocumentView, media_type: str) -> bytes:
    """The document in one of `MEDIA_TYPES`. Raise `KeyError` for another one: the edge offers only these."""
    return _FORMS[media_type](document)

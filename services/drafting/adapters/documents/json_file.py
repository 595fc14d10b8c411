# SPDX-License-Identifier: EUPL-1.2
"""The document for programs: the view as it is, with the words for the person concerned beside the figures."""

from __future__ import annotations

import json
from dataclasses import asdict

from services.drafting.adapters.documents.outline import statement_of
from services.drafting.domain.document import DocumentView


def as_json(document: DocumentView) -> bytes:
    """UTF-8, two spaces, fields in the order of the view; dates ISO."""
    content = asdict(document) | {"unfinished": document.unfinished, "statement": statement_of(document)}
    return json.dumps(content, ensure_ascii=False, indent=2, default=str).encode()

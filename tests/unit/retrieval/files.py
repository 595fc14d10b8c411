# SPDX-License-Identifier: EUPL-1.2
"""Real files, made in memory: a PDF written by hand, a Word document by python-docx, and their evil relatives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import docx
from docx.document import Document

Line = tuple[float, float, str]


def a_pdf(*pages: Sequence[Line], encrypt: bytes = b"") -> bytes:
    """A PDF with lines of (size in points, height on the page, text) in Helvetica."""
    kids = b" ".join(b"%d 0 R" % (4 + 2 * number) for number in range(len(pages)))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, len(pages)),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ]
    for number, lines in enumerate(pages):
        stream = b"".join(_shown(*line) for line in lines)
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents %d 0 R"
            b"/Resources<</Font<</F 3 0 R>>>>>>" % (5 + 2 * number)
        )
        objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream))
    written = BytesIO()
    written.write(b"%PDF-1.7\n")
    places = []
    for number, each in enumerate(objects, start=1):
        places.append(written.tell())
        written.write(b"%d 0 obj\n%s\nendobj\n" % (number, each))
    table = written.tell()
    written.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    written.writelines(b"%010d 00000 n \n" % place for place in places)
    written.write(b"trailer<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, encrypt, table))
    return written.getvalue()


def _shown(size: float, height: float, text: str) -> bytes:
    escaped = text.encode("cp1252").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
    return b"BT /F %.1f Tf 72 %.1f Td (%s) Tj ET\n" % (size, height, escaped)


def a_locked_pdf() -> bytes:
    """Encrypted under a password that nobody knows."""
    empty = b"<" + b"ab" * 32 + b">"
    locked = b"/Encrypt<</Filter/Standard/V 2/R 3/Length 128/P -4/O %s/U %s>>/ID[<00><00>]" % (empty, empty)
    return a_pdf([(11, 700, "Hemligt.")], encrypt=locked)


def a_picture_pdf() -> bytes:
    """A page that is a picture: something is drawn, nothing is written."""
    return a_pdf([]).replace(b"<</Length 0>>stream\n\n", b"<</Length 20>>stream\n0 0 200 300 re f    \n")


def a_docx(write: Callable[[Document], None]) -> bytes:
    document = docx.Document()
    write(document)
    saved = BytesIO()
    document.save(saved)
    return saved.getvalue()


def a_zip(**entries: bytes) -> bytes:
    """An archive; `word__document_xml` stands for "word/document.xml"."""
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), content)
    return packed.getvalue()


def with_part(content: bytes, name: str, part: bytes) -> bytes:
    """The same archive with one part replaced or added."""
    packed = BytesIO()
    with ZipFile(BytesIO(content)) as old, ZipFile(packed, "w", ZIP_DEFLATED) as new:
        for each in old.infolist():
            if each.filename != name:
                new.writestr(each, old.read(each))
        new.writestr(name, part)
    return packed.getvalue()

# SPDX-License-Identifier: EUPL-1.2
"""What is wrong is said, as problem+json with a pointer, and leaves nothing behind."""

from __future__ import annotations

import pytest
import typst

from tests.integration.retrieval.conftest import Running, a_guideline
from tests.unit.retrieval.files import a_docx, a_picture_pdf, a_zip

WRONG_BODIES = [
    (a_guideline(valid_to="2019-12-31"), "/valid_to"),
    (a_guideline(valid_from="0001-01-01"), "/valid_from"),
    (a_guideline(valid_to="9999-12-31"), "/valid_to"),
    (a_guideline(valid_from="2025-02-30"), "/valid_from"),
    (a_guideline(valid_from=1735689600), "/valid_from"),
    (a_guideline(valid_from="2025-01-01T00:00:00Z"), "/valid_from"),
    (a_guideline(level="regional"), "/level"),
    (a_guideline(level=None), "/level"),
    (a_guideline(language="fi"), "/language"),
    (a_guideline(title="  "), "/title"),
    (a_guideline(title="x" * 301), "/title"),
    (a_guideline(passages=[]), "/passages"),
    (a_guideline(passages=[{"text": " \n "}]), "/passages/0/text"),
    (a_guideline(passages=[{"text": "x" * 20_001}]), "/passages/0/text"),
    (a_guideline(passages=[{"text": "a", "key": "k"}, {"text": "b", "key": "k"}]), "/passages/1/key"),
    (a_guideline(passages=[{"text": "a", "kee": "k"}]), "/passages/0/kee"),
    (a_guideline(colour="red"), "/colour"),
    ([], ""),
    ("text", ""),
    (7, ""),
]


def test_a_body_of_the_wrong_shape_is_refused_with_a_pointer(running: Running, subtests: pytest.Subtests) -> None:
    for body, pointer in WRONG_BODIES:
        with subtests.test(pointer):
            refused = running.post("/guidelines", body)

            assert refused.status_code == 422, refused.text
            assert pointer in [each["pointer"] for each in refused.json()["errors"]]
            assert running.get("/guidelines").json()["items"] == []


NO_JSON = [
    b"{",
    b"\xff\xfe",
    b"[" * 100_000,
    b'{"title": "a\\u0000b", "level": "local", "valid_from": "2020-01-01", "passages": [{"text": "x"}]}',
    b'{"title": "a\\ud800b", "level": "local", "valid_from": "2020-01-01", "passages": [{"text": "x"}]}',
    b'{"title": "a", "level": "local", "valid_from": "2020-01-01", "passages": [{"text": "x\\u0000"}]}',
]


def test_what_is_no_storable_json_is_refused(running: Running, subtests: pytest.Subtests) -> None:
    for raw in NO_JSON:
        with subtests.test(str(raw[:40])):
            sent = running.headers("manager") | {"Content-Type": "application/json"}

            refused = running.web.post("/guidelines", content=raw, headers=sent)

            assert refused.status_code == 422, refused.text
            assert refused.headers["content-type"] == "application/problem+json"


WRONG_FILES = [
    (a_picture_pdf(), 422, "/problems/scanned-picture"),
    (a_zip(readme_txt=b"hej"), 415, "/problems/unknown-format"),
    (b"", 422, "/problems/empty-file"),
    (b"x" * 25_000_001, 413, "/problems/document-too-large"),
    (b"x" * 26_000_001, 413, "/problems/body-too-large"),
    (a_docx(lambda document: document.add_heading("Bara en rubrik", 1)), 422, "/problems/empty-guideline"),
]


def test_a_file_that_cannot_be_a_guideline_is_refused(running: Running, subtests: pytest.Subtests) -> None:
    for content, status, problem in WRONG_FILES:
        with subtests.test(problem):
            refused = running.upload("/guidelines", content)

            assert (refused.status_code, refused.json()["type"]) == (status, problem)
            assert running.get("/guidelines").json()["items"] == []


def test_an_upload_without_file_or_with_unknown_fields_is_refused(running: Running) -> None:
    form = {"title": "Riktlinjer", "level": "local", "valid_from": "2020-01-01"}

    without = running.web.post("/guidelines", data=form, files={"fil": b"x"}, headers=running.headers("manager"))
    unknown = running.upload("/guidelines", b"Text.", colour="red")
    neither = running.web.post(
        "/guidelines", content=b"x", headers=running.headers("manager") | {"Content-Type": "text/plain"}
    )

    assert [each["pointer"] for each in without.json()["errors"]] == ["/file"]
    assert [each["pointer"] for each in unknown.json()["errors"]] == ["/colour"]
    assert (neither.status_code, neither.json()["type"]) == (415, "/problems/neither-json-nor-file")


WRONG_SEARCHES = [
    ("/search", {"query": "  "}, "/query"),
    ("/search", {"query": "x" * 2001}, "/query"),
    ("/search", {"query": "a", "top_k": 0}, "/top_k"),
    ("/search", {"query": "a", "top_k": 51}, "/top_k"),
    ("/search", {"query": "a", "levels": []}, "/levels"),
    ("/search", {"query": "a", "levels": ["regional"]}, "/levels/0"),
    ("/search", {"query": "a", "as_of": "i dag"}, "/as_of"),
    ("/questions", {"question": ""}, "/question"),
    ("/questions", {"question": "a", "top_k": 5}, "/top_k"),
]


def test_a_search_of_the_wrong_shape_is_refused_with_a_pointer(running: Running, subtests: pytest.Subtests) -> None:
    for path, body, pointer in WRONG_SEARCHES:
        with subtests.test(pointer):
            refused = running.post(path, body, "staff")

            assert refused.status_code == 422
            assert pointer in [each["pointer"] for each in refused.json()["errors"]]


ODD_WORDS = ["'; DROP TABLE passages; --", "%_\\", "🙂", "a\u0301", "§", "<script>", "{0}{words}"]


def test_any_words_can_be_searched_and_asked(running: Running, subtests: pytest.Subtests) -> None:
    for query in ODD_WORDS:
        with subtests.test(query):
            running.post("/guidelines", a_guideline())
            running.settle()

            assert running.post("/search", {"query": query}, "staff").status_code == 200
            assert running.post("/questions", {"question": query}, "staff").status_code == 200


NOWHERE = ["/guidelines/none", "/guidelines/none/versions", "/guidelines/none/passages", "/passages/none"]


def test_what_does_not_exist_is_not_found(running: Running, subtests: pytest.Subtests) -> None:
    for path in NOWHERE:
        with subtests.test(path):
            assert running.get(path).status_code == 404


def test_a_real_pdf_gets_anchors_with_its_headings_and_pages(running: Running) -> None:
    source = (
        '#set text(lang: "sv")\n#set heading(numbering: "1.1")\n= Hjälp i hemmet\n== Städning\n'
        "Hjälp med städning beviljas normalt var tredje vecka och omfattar två rum och kök samt hygienutrymme.\n"
        "#pagebreak()\n== Tvätt\nTvätt av kläder och sänglinne utförs varannan vecka.\n"
    )
    pdf = typst.compile(source.encode())

    made = running.upload("/guidelines", pdf)

    assert made.status_code == 201, made.text
    listed = running.get(f"/guidelines/{made.json()['id']}/passages").json()["items"]
    assert [(each["anchor"], each["text"]) for each in listed] == [
        (
            "1.1 Städning, s. 1",
            "Hjälp med städning beviljas normalt var tredje vecka och omfattar två rum och kök samt hygienutrymme.",
        ),
        ("1.2 Tvätt, s. 2", "Tvätt av kläder och sänglinne utförs varannan vecka."),
    ]

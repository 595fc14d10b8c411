# SPDX-License-Identifier: EUPL-1.2
"""Which form of a document a client gets."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import NotAcceptable
from services.drafting.api.negotiation import JSON, MARKDOWN, OFFERED, PDF, WORD, chosen


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("*/*", JSON),
        ("application/pdf", PDF),
        ("text/markdown", MARKDOWN),
        ("text/*", MARKDOWN),
        (WORD, WORD),
        ("text/html, application/pdf;q=0.8, */*;q=0.1", PDF),
        ("application/json;q=0.2, application/pdf;q=0.9", PDF),
        ("*/*, application/json;q=0", MARKDOWN),
        ("APPLICATION/PDF", PDF),
    ],
)
def test_the_form_that_is_wanted_most_is_chosen(accept: str, form: str) -> None:
    assert chosen(accept) == form


@pytest.mark.parametrize("accept", ["text/html", "application/pdf;q=0", "application/pdf;q=much", ""])
def test_what_is_not_offered_is_refused_with_what_is(accept: str) -> None:
    with pytest.raises(NotAcceptable) as refused:
        chosen(accept)

    assert refused.value.members["offered"] == list(OFFERED)


@given(st.text())
def test_any_header_gives_a_form_or_a_refusal(accept: str) -> None:
    with suppress(NotAcceptable):
        assert chosen(accept) in OFFERED

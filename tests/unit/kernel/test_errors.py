# SPDX-License-Identifier: EUPL-1.2
"""A refusal becomes the problem document that clients rely on."""

from kernel.errors import Conflict, FieldError, Unacceptable


class UnsupportedSentences(Conflict):
    pass


def test_the_type_is_the_name_of_the_refusal() -> None:
    assert UnsupportedSentences("x").document() == {
        "type": "/problems/unsupported-sentences",
        "title": "Unsupported sentences",
        "status": 409,
        "detail": "x",
    }


def test_fields_are_named_by_pointers_and_members_stand_beside_them() -> None:
    refused = Unacceptable("no", errors=[FieldError("/utterances/3/text", "is empty")], sentences=["s1"])

    assert refused.document()["errors"] == [{"pointer": "/utterances/3/text", "detail": "is empty"}]
    assert refused.document()["sentences"] == ["s1"]

# SPDX-License-Identifier: EUPL-1.2
"""Reading references to law as people write them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.drafting.domain.references import ParagraphNumber, Sign, numbers, references

NAMES = ("SoL", "socialtjänstlagen", "LSS", "FL", "barnets lov", "serviceloven", "ældreloven")


def read(text: str, sign: Sign = Sign.AFTER) -> list[tuple[str, str, list[str]]]:
    return [
        (each.law, each.law_number, [number.written(sign) for number in each.paragraphs])
        for each in references(text, NAMES, sign)
    ]


@pytest.mark.parametrize(
    ("text", "law", "number", "paragraphs"),
    [
        ("SoL (2025:400) 11 kap. 1 §", "SoL", "2025:400", ["11 kap. 1 §"]),
        ("enligt 11 kap 1 § SoL.", "SoL", "", ["11 kap. 1 §"]),
        ("med stöd av socialtjänstlagens 11 kap. 1 §", "socialtjänstlagen", "", ["11 kap. 1 §"]),
        ("11 kap. 1 § första stycket socialtjänstlagen (2025:400)", "socialtjänstlagen", "2025:400", ["11 kap. 1 §"]),
        ("LSS 9 § 2", "LSS", "", ["9 §"]),
        ("9 § första stycket 2 lss", "lss", "", ["9 §"]),
        ("FL 23, 25 och 32 §§", "FL", "", ["23 §", "25 §", "32 §"]),
        ("LSS 21a §", "LSS", "", ["21 a §"]),
        ("43-44 §§ FL", "FL", "", ["43 §", "44 §"]),
    ],
)
def test_a_swedish_reference_is_read_in_any_order(text: str, law: str, number: str, paragraphs: list[str]) -> None:
    assert read(text) == [(law, number, paragraphs)]


@pytest.mark.parametrize(
    ("text", "law", "paragraphs"),
    [
        ("barnets lov § 87, stk. 1", "barnets lov", ["§ 87"]),
        ("efter § 87 i barnets lov", "barnets lov", ["§ 87"]),
        ("servicelovens § 83 a", "serviceloven", ["§ 83 a"]),
        ("§ 9, stk. 2, i ældreloven", "ældreloven", ["§ 9"]),
        ("ældreloven §§ 9-10", "ældreloven", ["§ 9", "§ 10"]),
    ],
)
def test_a_danish_reference_is_read_in_any_order(text: str, law: str, paragraphs: list[str]) -> None:
    assert read(text, Sign.BEFORE) == [(law, "", paragraphs)]


def test_one_norwegian_paragraph_may_hold_a_hyphen() -> None:
    assert numbers("§ 3-2", Sign.BEFORE) == (ParagraphNumber("3-2"),)
    assert numbers("§§ 27-29", Sign.BEFORE) == (ParagraphNumber("27"), ParagraphNumber("28"), ParagraphNumber("29"))


def test_each_of_two_laws_keeps_its_own_paragraph() -> None:
    expected = [("SoL", "", ["11 kap. 1 §"]), ("FL", "", ["32 §"])]
    assert read("11 kap. 1 § SoL och 32 § FL") == expected
    assert read("SoL 11 kap. 1 §, FL 32 §") == expected


def test_paragraphs_side_by_side_share_their_law_and_chapter() -> None:
    assert read("11 kap. 1 § och 12 kap. 1 § SoL") == [("SoL", "", ["11 kap. 1 §"]), ("SoL", "", ["12 kap. 1 §"])]
    assert read("SoL 11 kap. 1 § eller 5 §") == [("SoL", "", ["11 kap. 1 §"]), ("SoL", "", ["11 kap. 5 §"])]


def test_a_law_that_nobody_knows_is_still_named() -> None:
    assert read("hyreslagen 3 §") == [("hyreslagen", "", ["3 §"])]


def test_a_paragraph_far_from_any_law_has_none() -> None:
    assert read("Vi talade om SoL. Sedan läste hon i tidningen om 9 § i något annat.") == [("", "", ["9 §"])]


@given(st.text(alphabet="0123456789 §,-–.()kapSoLochFlovi\n", max_size=200), st.sampled_from(Sign))
def test_no_text_stops_the_reading(text: str, sign: Sign) -> None:
    assert all(each.paragraphs for each in references(text, NAMES, sign))


@pytest.mark.parametrize("text", ["1" * 20_000, "1," * 10_000, "1 kap. " * 3_000, "§ " * 10_000, " " * 20_000 + "§"])
@pytest.mark.parametrize("sign", Sign)
def test_a_text_made_to_be_slow_is_read_in_good_time(text: str, sign: Sign) -> None:
    started = time.monotonic()

    references(text, NAMES, sign)

    assert time.monotonic() - started < 2

# SPDX-License-Identifier: EUPL-1.2
"""No national identity number gets through, however it is written and whether or not its check digit is right."""

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.masking import MASK, holds_identity_number, mask_identity_numbers

SEPARATORS = st.sampled_from(["", "-", "+", " ", "–", " - "])
WORDS = st.text(alphabet="abcåäöæø ,.:;()", max_size=20)
BIRTHDAYS = st.dates(date(1900, 1, 1), date(2026, 1, 1))


@given(BIRTHDAYS, SEPARATORS, st.integers(0, 9999), st.integers(0, 60), st.booleans(), WORDS, WORDS)
def test_no_swedish_number_gets_through(
    born: date, separator: str, serial: int, added: int, is_long: bool, before: str, after: str
) -> None:
    day = born.day + (60 if added > 30 else 0)
    number = f"{born:%Y%m}{day:02}"[0 if is_long else 2 :] + separator + f"{serial:04}"

    masked = mask_identity_numbers(f"{before}{number}{after}")

    assert masked == f"{before}{MASK}{after}"
    assert holds_identity_number(f"{before}{number}{after}")


@given(BIRTHDAYS, SEPARATORS, st.integers(0, 9999), WORDS)
def test_no_danish_number_gets_through(born: date, separator: str, serial: int, before: str) -> None:
    number = f"{born:%d%m%y}{separator}{serial:04}"

    assert mask_identity_numbers(f"{before}{number}") == f"{before}{MASK}"
    assert holds_identity_number(number)


@given(
    BIRTHDAYS, st.sampled_from(["", " "]), st.integers(0, 99999), st.sampled_from([0, 40]), st.sampled_from([0, 40, 80])
)
def test_no_norwegian_number_gets_through(born: date, separator: str, serial: int, to_day: int, to_month: int) -> None:
    number = f"{born.day + to_day:02}{born.month + to_month:02}{born:%y}{separator}{serial:05}"

    assert mask_identity_numbers(number) == MASK
    assert holds_identity_number(number)


@pytest.mark.parametrize(
    "text",
    [
        "Hon fick 12 500 kronor den 3 november 2026.",
        "SoL (2025:400) 11 kap. 1 §",
        "Ring 070-174 06 05 före klockan 16.30.",
        "u001 och 01a2014c-9105-75c1-85a1-563b00926efd",
        "2026-10-14T09:00:00Z",
    ],
)
def test_other_numbers_stay(text: str) -> None:
    assert not holds_identity_number(text)
    assert mask_identity_numbers(text) == text


@given(st.uuids(), st.booleans(), st.sampled_from(["", "acceptance-", "SN 2026:", "abc"]))
def test_a_uuid_is_no_identity_number(other_systems: UUID, upper: bool, before: str) -> None:
    written = before + (str(other_systems).upper() if upper else str(other_systems))

    assert not holds_identity_number(written)
    assert mask_identity_numbers(f"{written}, 420317-0008") == f"{written}, {MASK}"


@pytest.mark.parametrize("reference", ["2026-001234", "dnr 2026-004711", "SN 20269876-0001"])
def test_a_case_number_is_no_identity_number_when_it_begins_with_no_day(reference: str) -> None:
    assert not holds_identity_number(reference)


@pytest.mark.parametrize("reference", ["dnr 2026 420317-0008", "2026-99-420317-0008", "20269876-0001 19420317-0008"])
def test_a_number_behind_another_one_is_found(reference: str) -> None:
    assert holds_identity_number(reference)


@pytest.mark.parametrize("number", ["131052-308T", "010101A123N", "010199+8148", "131052X308t"])
def test_no_finnish_number_gets_through(number: str) -> None:
    assert mask_identity_numbers(f"Hon har {number}.") == f"Hon har {MASK}."

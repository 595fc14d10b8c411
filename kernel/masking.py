# SPDX-License-Identifier: EUPL-1.2
"""National identity numbers, found and masked by their format, whatever their check digit says.

Swedish personnummer and samordningsnummer (6 or 8 digits, perhaps `-` or `+`, 4 digits), Danish CPR (6 + 4), Norwegian
fødselsnummer (11 digits), Finnish henkilötunnus (6 digits, a mark, 3 digits, a digit or letter). A number with a wrong
check digit may be a misheard one; and Danish ones need not fulfil modulus 11 since 2007 (cpr.dk).
"""

from __future__ import annotations

import re

MASK = "[personnummer]"
_SPACE = r"[ \u00a0]?"
_DASH = rf"{_SPACE}[-+–—\u2010\u2011\u2212]?{_SPACE}"
_GAP = r"[ .\u00a0/-]?"
_FORMS = (
    rf"(?:\d{{2}})?\d{{6}}{_DASH}\d{{4}}",
    rf"(?:\d{{2}})?\d{{2}}{_GAP}\d{{2}}{_GAP}\d{{2}}{_DASH}\d{{4}}",
    rf"\d{{6}}{_SPACE}\d{{5}}",
    # Each mark stands for a century; dvv.fi names those that came in 2023.
    r"\d{6}[-+A-FU-Ya-fu-y]\d{3}[A-Ya-y](?![^\W\d_])",
)
DAYS = frozenset(day + added for day in range(1, 32) for added in (0, 40, 60))
MONTHS = frozenset(month + added for month in range(1, 13) for added in (0, 40, 80))
_NUMBER = rf"(?<!\d)(?:{'|'.join(_FORMS)})(?!\d)"
# Other systems' references are often UUIDs, and one in twenty-two has digits in one of these forms.
_UUID = r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}(?![0-9A-Fa-f])"
_UUID_OR_NUMBER = re.compile(rf"(?P<uuid>{_UUID})|{_NUMBER}")


def holds_identity_number(text: str) -> bool:
    """Whether a number in it may be somebody's: in one of the forms, and beginning with a possible birthday. So a case
    may be called 2026-001234, which is masked all the same where it stands in a text.
    """
    at = 0
    while found := _UUID_OR_NUMBER.search(text, at):
        if found["uuid"] is None and _begins_with_birthday(found[0]):
            return True
        # What is no birthday may begin with a year that stands before somebody's number.
        at = found.end() if found["uuid"] else found.start() + 1
    return False


def mask_identity_numbers(text: str) -> str:
    """The text with every identity number replaced by a mask; the rest is untouched."""
    return _UUID_OR_NUMBER.sub(lambda each: each["uuid"] or MASK, text)


def _begins_with_birthday(number: str) -> bool:
    """Year, month and day in Sweden, day, month and year elsewhere. Added to the day are 60 in a samordningsnummer
    (skatteverket.se) and 40 in a D-nummer, to the month 40 and 80 in numbers for help and for trial (skatteetaten.no).
    """
    digits = re.sub(r"\D", "", number)
    without_century = digits[2:] if len(digits) == 12 else digits
    first, month, last = (int(without_century[at : at + 2]) for at in (0, 2, 4))
    return month in MONTHS and (first in DAYS or last in DAYS)

# SPDX-License-Identifier: EUPL-1.2
"""National identity numbers, masked by their format, whatever their check digit says.

Swedish personnummer and samordningsnummer (6 or 8 digits, perhaps `-` or `+`, 4 digits), Danish CPR (6 + 4) and
Norwegian fødselsnummer (11 digits). A number with a wrong check digit may be a misheard one, so it is masked as well;
checking would also fail for Danish numbers, which need not fulfil modulus 11 since 2007 (cpr.dk).
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
)
_NUMBER = rf"(?<!\d)(?:{'|'.join(_FORMS)})(?!\d)"
# Other systems' references are often UUIDs, and one in twenty-two has digits in one of these forms.
_UUID = r"(?<![\w-])[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}(?![\w-])"
_UUID_OR_NUMBER = re.compile(rf"(?P<uuid>{_UUID})|{_NUMBER}")


def holds_identity_number(text: str) -> bool:
    return any(each["uuid"] is None for each in _UUID_OR_NUMBER.finditer(text))


def mask_identity_numbers(text: str) -> str:
    """The text with every identity number replaced by a mask; the rest is untouched."""
    return _UUID_OR_NUMBER.sub(lambda each: each["uuid"] or MASK, text)

# SPDX-License-Identifier: EUPL-1.2
"""Which form of a document the header Accept asks for (RFC 9110, 12.5.1)."""

from __future__ import annotations

from kernel.errors import NotAcceptable

JSON = "application/json"
MARKDOWN = "text/markdown"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PDF = "application/pdf"
OFFERED = (JSON, MARKDOWN, WORD, PDF)


def chosen(accept: str) -> str:
    """The offered form that is wanted most; the first offered where several are wanted alike. Raise `NotAcceptable`."""
    ranges = [_range(each) for each in accept.split(",") if each.strip()]
    wanted = {offer: _weight(offer, ranges) for offer in OFFERED}
    best = max(OFFERED, key=lambda offer: wanted[offer])
    if wanted[best] <= 0:
        raise NotAcceptable("the document is to be had in other forms", offered=list(OFFERED))
    return best


def _range(text: str) -> tuple[str, float]:
    name, *parameters = (part.strip().lower() for part in text.split(";"))
    weight = next((each[2:] for each in parameters if each.startswith("q=")), "1")
    try:
        return name, float(weight)
    except ValueError:
        return name, 0.0


def _weight(offer: str, ranges: list[tuple[str, float]]) -> float:
    """The weight of the most specific range that fits the offer; 0 when none does."""
    for pattern in (offer, f"{offer.partition('/')[0]}/*", "*/*"):
        for name, weight in ranges:
            if name == pattern:
                return weight
    return 0.0

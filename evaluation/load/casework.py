# SPDX-License-Identifier: EUPL-1.2
"""The casework that is measured: an invented application, and what a home visit brought to light."""

from __future__ import annotations

import json

from evaluation.load.callers import Answer

TEMPLATE = "sv-ibic-vuxen"
CASE = json.dumps(
    {
        "template": TEMPLATE,
        "external_reference": "2026-0417",
        "language": "sv",
        "department": "elderly_care",
        "application": {
            "text": "Jag ansöker om hemtjänst. Jag har svårt att städa och att duscha sedan jag bröt höften i våras, "
            "och jag vill bo kvar hemma. Min dotter hjälper mig med inköpen på lördagar.",
            "received_on": "2026-11-02",
            "requested_supports": [
                {"key": "hemtjanst", "label": "hemtjänst"},
                {"key": "trygghetslarm", "label": "trygghetslarm"},
            ],
        },
    },
    ensure_ascii=False,
).encode()
NOTE = json.dumps(
    {
        "note": {
            "text": "Ingrid Sandell har brutit höften i våras och går med rollator. Hon har ont i höften när hon "
            "reser sig. Hon klarar inte att dammsuga eller att bära tvätten till tvättstugan. Hon duschar "
            "sittande men vågar inte duscha ensam. Dottern Karin handlar åt henne på lördagar. Hon har inte "
            "fallit sedan i maj. Hon vill bo kvar i sin lägenhet och sover gott om natten. Hon har diabetes och "
            "tar sina läkemedel själv ur en dosett. Hon är inte rädd för att vara ensam hemma.",
            "author": "Maja Lindroth",
            "noted_at": "2026-11-09T10:00:00+01:00",
        }
    },
    ensure_ascii=False,
).encode()


class NotOpened(Exception):
    """A request that belongs to a measurement was refused; the text has its status and its answer."""


def opened(answer: Answer) -> str:
    """The id of what the answer says was made."""
    return str(content(answer)["id"])


def content(answer: Answer) -> dict[str, object]:
    if answer.status >= 300:
        raise NotOpened(f"{answer.status}: {answer.body[:500].decode(errors='replace')}")
    found: dict[str, object] = json.loads(answer.body)
    return found

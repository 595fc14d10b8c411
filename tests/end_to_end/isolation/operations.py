# SPDX-License-Identifier: EUPL-1.2
"""Every operation of the combined OpenAPI document, with what a good request for it needs.

A new route is taken along by itself when its parameters and its body are known here. When they are not, the suite
fails and says what to add.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.end_to_end.isolation.town import PLACEMENTS, Town
from tests.sound import silence

METHODS = ("get", "post", "put", "patch", "delete")
# Names of one thing: another municipality's is answered as if it had never been.
IDS = frozenset(
    {"case_id", "sentence_id", "transcript_id", "utterance_id", "recording_id", "guideline_id", "passage_id"}
    | {"request_id", "series"}
)
# Addresses that every municipality has: a heading of a template, a place in a log. They lead to the own content.
SHARED = {"key": ("health", "sv-ibic-vuxen"), "index": ("0", "5"), "level": ("0",), "name": ("000", "000.p/1")}
QUERIES = frozenset(
    {"after", "cursor", "limit", "state", "version", "case_id", "size", "from", "to", "language"}
    | {"observed_from", "observed_to"}
)
HEADERS = frozenset({"idempotency-key", "if-match", "accept"})
NOTE = {"note": {"text": "Hej.", "author": "x", "noted_at": "2026-10-14T09:00:00Z"}}
PASSAGES = {"valid_from": "2026-07-01", "passages": [{"heading": "Dusch", "text": "Hjälp ges."}]}
# By the end of the path. A route without a line here is called without a body.
BODIES: dict[str, dict[str, Any]] = {
    "PUT sections/{key}": {"json": {"sentences": [{"text": "Hej."}]}},
    "POST {case_id}/scope": {"json": {"verdict": "within", "reason": "Läst."}},
    "POST {case_id}/sources": {"json": NOTE},
    "POST {case_id}/manual-handling": {"json": {"reason": "Läst."}},
    "POST {sentence_id}/resolution": {"json": {"reason": "Läst."}},
    "POST {key}/approval": {"json": {"as_empty": False}},
    "POST {case_id}/communication": {
        "json": {"communicated_at": "2026-10-15T09:00:00Z", "how": "letter", "reply_by": "2026-10-21"}
    },
    "POST {case_id}/decision": {
        "json": {
            "outcomes": [{"requested_support": "dusch", "outcome": "granted", "legal_basis": "SoL 11 kap. 1 §"}],
            "decided_by": "x",
            "decided_at": "2026-10-22T09:00:00Z",
        }
    },
    "PATCH utterances/{utterance_id}": {"json": {"text": "Hej."}},
    "PUT {transcript_id}/participants": {
        "json": {"participants": [{"speaker": "H", "role": "caseworker"}, {"speaker": "B", "role": "applicant"}]}
    },
    "PUT {transcript_id}/meeting": {"json": {"date": "2026-10-14"}},
    "POST {guideline_id}/versions": {"json": PASSAGES},
    "POST {series}/what-if": {"json": {"entries_factor": 1.1}},
    # Without an id in the path: what another municipality could be named by is in the body; other tests send these.
    "POST local-issuer/token": {},
    "POST transcription/v1/recordings": {"data": {"language": "sv"}, "files": {"file": ("a.wav", silence())}},
    "POST transcription/v1/transcripts": {},
    "POST retrieval/v1/guidelines": {"json": {"title": "R", "level": "local", **PASSAGES}},
    "POST retrieval/v1/search": {"json": {"query": "dusch"}},
    "POST retrieval/v1/questions": {"json": {"question": "Hur ofta ges hjälp med dusch?"}},
    "POST drafting/v1/cases": {},
    "PUT templates/{key}": {},
    "POST forecasting/v1/placements": {"content": PLACEMENTS.read_bytes(), "headers": {"Content-Type": "text/csv"}},
    "POST forecasting/v1/forecasts": {"json": {"series": "stock_HVB"}},
}


class Uncovered(AssertionError):
    """The suite does not know what a route needs; the text says what to add, and where."""


@dataclass(frozen=True)
class Operation:
    method: str
    template: str
    takes_body: bool
    queries: frozenset[str]

    @property
    def parameters(self) -> tuple[str, ...]:
        return tuple(re.findall(r"{(\w+)}", self.template))

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(each for each in self.parameters if each in IDS)

    @property
    def name(self) -> str:
        return f"{self.method} {self.template}"

    def good_request(self) -> dict[str, Any]:
        """What a request for it is sent with, apart from its path."""
        found = [given for end, given in BODIES.items() if self._ends(*end.split(" ", 1))]
        return dict(found[0]) if found else {}

    def is_known(self) -> bool:
        return not self.takes_body or any(self._ends(*end.split(" ", 1)) for end in BODIES)

    def _ends(self, method: str, end: str) -> bool:
        return method == self.method and self.template.endswith(end)

    def path(self, values: dict[str, str]) -> str:
        shared = {name: options[0] for name, options in SHARED.items()}
        return self.template.format(**{name: {**shared, **values}[name] for name in self.parameters})


def operations(document: dict[str, Any], town: Town) -> Iterator[Operation]:
    """Raise `Uncovered` for a route with a parameter or a body that the suite cannot fill."""
    for template, item in document["paths"].items():
        for method in (each for each in METHODS if each in item):
            about = item[method]
            given = about.get("parameters", [])
            queries = frozenset(each["name"] for each in given if each["in"] == "query")
            found = Operation(method.upper(), template, "requestBody" in about, queries)
            _require_known(found, {each["name"] for each in given if each["in"] == "header"}, town)
            yield found


def _require_known(found: Operation, headers: set[str], town: Town) -> None:
    here = "tests/end_to_end/isolation"
    for each in found.parameters:
        if each not in SHARED and each not in IDS:
            raise Uncovered(f"{found.name}: add {each!r} to IDS, or to SHARED, in {here}/operations.py")
        if each in IDS and each not in town.ids:
            raise Uncovered(f"{found.name}: make one {each!r} for a municipality in {here}/town.py")
    if unknown := found.queries - QUERIES:
        raise Uncovered(f"{found.name}: add {sorted(unknown)} to QUERIES in {here}/operations.py, and attack it")
    if unknown := frozenset(headers) - HEADERS:
        raise Uncovered(f"{found.name}: add {sorted(unknown)} to HEADERS in {here}/operations.py, and attack it")
    if not found.is_known():
        raise Uncovered(f"{found.name}: add a body for it to BODIES in {here}/operations.py")

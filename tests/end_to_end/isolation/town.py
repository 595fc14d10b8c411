# SPDX-License-Identifier: EUPL-1.2
"""A municipality with content of every kind, each piece with a word in it that stands nowhere else."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from embedded.rest import Person, wait_for
from kernel.identity import Role, new_id
from tests.end_to_end.conftest import ROOT, Site
from tests.end_to_end.home_visit import (
    AUDIT,
    DRAFTING,
    RETRIEVAL,
    TRANSCRIPTION,
    a_transcript,
    add_source,
    an_application,
    propose,
    section,
)
from tests.sound import silence

FORECASTING = "/forecasting/v1"
PLACEMENTS = ROOT / "tests" / "data" / "placements" / "kommun_liten_monthly.csv"
PEOPLE = tuple(each.value for each in Role if each is not Role.SERVICE)
NO_DIGITS = str.maketrans("0123456789", "ghijklmnop")


def a_canary() -> str:
    """A word that stands nowhere else. Digits might by chance make up an identity number, which is refused."""
    return f"kanarie{new_id()[-12:].translate(NO_DIGITS)}"


@dataclass
class Town:
    """`ids` by the names that paths use. `canary` is a word that only this municipality's content holds."""

    site: Site
    tenant: str
    canary: str
    ids: dict[str, str] = field(default_factory=dict)
    source_id: str = ""
    idempotency_key: str = ""
    sections: tuple[str, ...] = ()

    def person(self, role: str) -> Person:
        return self.site.sign_in(role, self.tenant)

    @property
    def secrets(self) -> set[str]:
        """What may be seen nowhere else: ids that are long enough to be nobody else's, and the canary."""
        return {self.canary, self.source_id, *(each for each in self.ids.values() if len(each) > 20)}


def settle(site: Site, tenant: str, *, forecast: bool) -> Town:
    town = Town(site, tenant, a_canary())
    caseworker, manager = town.person("caseworker"), town.person("manager")
    _record(town, caseworker)
    _write_guideline(town, manager)
    _open_case(town, caseworker)
    _count_placements(town, manager, forecast=forecast)
    return town


def _record(town: Town, caseworker: Person) -> None:
    """A recording, and a transcript that is not approved yet, so that each route could do something with it."""
    fields = {"language": "sv", "case_reference": town.canary}
    files = {"file": (f"{town.canary}.wav", silence())}
    sent = caseworker.ask("POST", f"{TRANSCRIPTION}/recordings", data=fields, files=files)
    assert sent.status_code == 202, sent.text
    transcript = caseworker.post(f"{TRANSCRIPTION}/transcripts", transcript_with(town))
    town.ids |= {"recording_id": sent.json()["id"], "transcript_id": transcript["id"]}
    town.ids["utterance_id"] = transcript["utterances"][0]["id"]


def transcript_with(town: Town) -> dict[str, Any]:
    body = a_transcript()
    for each in body["utterances"]:
        each["id"] = f"{town.canary}-{each['id']}"
    body["utterances"][1]["text"] += f" {town.canary}."
    return body


def _write_guideline(town: Town, manager: Person) -> None:
    text = f"Hjälp med {town.canary} ges en gång i veckan."
    body = {"title": f"Riktlinje {town.canary}", "level": "local", "valid_from": "2025-07-01"}
    guideline = manager.post(f"{RETRIEVAL}/guidelines", body | {"passages": [{"heading": town.canary, "text": text}]})
    path = f"{RETRIEVAL}/guidelines/{guideline['id']}"
    wait_for(lambda: manager.get(path)["state"], lambda state: state == "ready", 120)
    passage = manager.get(f"{path}/passages")["items"][0]["passage_id"]
    town.ids |= {"guideline_id": guideline["id"], "passage_id": passage}


def _open_case(town: Town, caseworker: Person) -> None:
    approved = caseworker.post(f"{TRANSCRIPTION}/transcripts", transcript_with(town))["id"]
    caseworker.post(f"{TRANSCRIPTION}/transcripts/{approved}/approval")
    town.idempotency_key = new_id()
    headers = {"Idempotency-Key": town.idempotency_key}
    case = caseworker.post(f"{DRAFTING}/cases", the_case(), headers=headers)["id"]
    town.source_id = add_source(caseworker, case, approved)
    propose(caseworker, case, "d5")
    _, tag = section(caseworker, case, "health")
    path = f"{DRAFTING}/cases/{case}/sections/health"
    written = caseworker.put(path, {"sentences": [{"text": f"Sökanden har {town.canary} i knäna."}]}, tag)
    town.ids |= {"case_id": case, "key": "health", "sentence_id": written["sentences"][0]["id"]}
    town.ids["approved_transcript_id"] = approved


def the_case() -> dict[str, Any]:
    """The same body in every municipality."""
    return an_application(external_reference="isolation-1")


def _count_placements(town: Town, manager: Person, *, forecast: bool) -> None:
    """A series of its own name has a forecast in one of the two alone."""
    sent = manager.ask(
        "POST", f"{FORECASTING}/placements", content=PLACEMENTS.read_bytes(), headers={"Content-Type": "text/csv"}
    )
    assert sent.status_code == 201, sent.text
    asked = manager.post(f"{FORECASTING}/forecasts", {"series": "reports"} if forecast else {"series": "stock_HVB"})
    town.ids |= {"request_id": asked["id"], "series": "reports"}
    if forecast:
        path = f"{FORECASTING}/forecast-requests/{asked['id']}"
        wait_for(lambda: manager.get(path)["state"], lambda state: state in ("done", "failed"), 120)


def own_entries(town: Town) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = town.person("auditor").get(f"{AUDIT}/entries?limit=500")["items"]
    return found


def as_told(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

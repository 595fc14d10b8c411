# SPDX-License-Identifier: EUPL-1.2
"""The main job as a caseworker's program does it, step by step, each accepted request written down.

A blow may fall at one step: it is struck from beside, a moment after the step's first request was sent.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.answers import Caller, Judge, Lost
from tests.end_to_end.home_visit import (
    AUDIT,
    DRAFTING,
    RETRIEVAL,
    SUPPORTS,
    TRANSCRIPTION,
    a_transcript,
    an_application,
)
from tests.end_to_end.test_forecast import FORECASTING, PLACEMENTS
from tests.end_to_end.test_main_job import BASIS

UPLOAD, TRANSCRIPT, SOURCE, PROPOSAL, EDIT, APPROVAL, DECISION, GUIDELINE, FORECAST = STEPS = (
    "upload",
    "transcript approval",
    "source",
    "proposal",
    "edit",
    "approval",
    "decision",
    "guideline",
    "forecast",
)
CASEWORK, MANAGEMENT = "ekhamra", "bergvik"
WORKED_ON = ("health", "d5")
SERIES = "stock_FAM"
STRIKES_WITHIN_SECONDS = 0.4
FURTHER = ("empty", "pending", "proposed", "edited", "approved")


@dataclass(frozen=True)
class Blow:
    """`strike` is called once, at the step, and returns how many seconds it took until all was as before."""

    step: str
    strike: Callable[[], float]


@dataclass
class Tale:
    """What was accepted in one story, to be compared with what is there in the end."""

    name: str
    steps: tuple[str, ...]
    blow: Blow | None = None
    case: str = ""
    recording: str = ""
    transcript: str = ""
    guideline: str = ""
    forecast: str = ""
    counts: Counter[str] = field(default_factory=Counter)
    seen: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    trouble: str = ""
    recovered_seconds: float = 0
    seconds: float = 0

    @property
    def tenant(self) -> str:
        return MANAGEMENT if self.steps[0] in (GUIDELINE, FORECAST) else CASEWORK


CASE_STEPS = (TRANSCRIPT, SOURCE, PROPOSAL, EDIT, APPROVAL, DECISION)


def steps_with(step: str) -> tuple[str, ...]:
    """The shortest story in which the step is taken."""
    if step in (GUIDELINE, FORECAST):
        return (step,)
    return (UPLOAD, *CASE_STEPS) if step == UPLOAD else CASE_STEPS


@dataclass
class Teller:
    """Tells stories against one platform. `book` holds every tale that was begun."""

    base: str
    judge: Judge
    sound: bytes
    chance: random.Random
    book: list[Tale] = field(default_factory=list)

    def tell(self, tale: Tale) -> Tale:
        """To its end, or to the first request that was never answered as it should be: `trouble` says which."""
        begun = time.monotonic()
        self.book.append(tale)
        try:
            caseworker, manager = self.caller("caseworker", CASEWORK), self.caller("manager", MANAGEMENT)
            match tale.steps[0]:
                case "guideline":
                    self._guideline(manager, tale)
                case "forecast":
                    self._forecast(manager, tale)
                case _:
                    self._case(caseworker, tale)
        except Exception as trouble:  # noqa: BLE001 — the outcome of a cell, whatever it is
            tale.trouble = f"{type(trouble).__name__}: {trouble}"
        tale.seconds = time.monotonic() - begun
        return tale

    def caller(self, role: str, tenant: str) -> Caller:
        return Caller(self.base, f"{role}@{tenant}", self.judge)

    @contextmanager
    def at(self, step: str, tale: Tale) -> Iterator[None]:
        """The step, with the blow falling beside it where it is meant for this one."""
        if tale.blow is None or tale.blow.step != step:
            yield
            return
        strike, late = tale.blow.strike, self.chance.uniform(0, STRIKES_WITHIN_SECONDS)
        failed: list[str] = []

        def struck() -> None:
            time.sleep(late)
            try:
                tale.recovered_seconds = strike()
            except Exception as trouble:  # noqa: BLE001 — told by the thread that tells the story
                failed.append(f"{type(trouble).__name__}: {trouble}")

        beside = threading.Thread(target=struck, daemon=True)
        beside.start()
        try:
            yield
        finally:
            beside.join()
        if failed:
            raise Lost(f"it did not come back: {failed[0]}")

    def _case(self, who: Caller, tale: Tale) -> None:
        if UPLOAD in tale.steps:
            with self.at(UPLOAD, tale):
                files, wish = {"file": ("visit.wav", self.sound)}, {"language": "sv"}
                sent = who.ask("POST", f"{TRANSCRIPTION}/recordings", 202, data=wish, files=files)
                tale.recording = sent.json()["id"]
        with self.at(TRANSCRIPT, tale):
            tale.transcript = who.post(f"{TRANSCRIPTION}/transcripts", a_transcript())["id"]
            who.post(f"{TRANSCRIPTION}/transcripts/{tale.transcript}/approval")
        with self.at(SOURCE, tale):
            self._open(who, tale)
        with self.at(PROPOSAL, tale):
            self._propose(who, tale)
        for step, take in ((EDIT, self._edit), (APPROVAL, self._approve)):
            with self.at(step, tale):
                for key in WORKED_ON:
                    take(who, tale, key)
        with self.at(DECISION, tale):
            self._decide(who, tale)
        if tale.recording:
            self._heard(who, tale)

    def _open(self, who: Caller, tale: Tale) -> None:
        tale.case = who.post(f"{DRAFTING}/cases", an_application(external_reference=tale.name))["id"]
        tale.counts["CaseOpened"] += 1
        path, body = f"{DRAFTING}/cases/{tale.case}/sources", {"transcript_id": tale.transcript}
        deadline = time.monotonic() + 120
        while who.ask("POST", path, 201, 409, json=body).status_code == 409:
            if time.monotonic() > deadline:
                raise Lost("word of the approval never reached the case")
            time.sleep(0.3)
        tale.counts["SourceAdded"] += 1

    def _propose(self, who: Caller, tale: Tale) -> None:
        """Several headings at once."""
        for key in WORKED_ON:
            who.post(f"{self._section(tale, key)}/proposal")
            self._look(who, tale, key)
        for key in WORKED_ON:
            path = self._section(tale, key)
            said = who.until(path, lambda seen: seen["state"] != "pending", f"the proposal for {key}")
            assert said["state"] == "proposed", said
            assert said["sentences"], "the sources speak of it"
            tale.counts["SectionProposed"] += 1
            tale.told.append(f"{said['writer']['kind']}: {said.get('problem') or ''}")
            self._look(who, tale, key)

    def _edit(self, who: Caller, tale: Tale, key: str) -> None:
        path = self._section(tale, key)
        section = who.ask("GET", path, 200)
        said = [{"id": each["id"], "text": each["text"]} for each in section.json()["sentences"]]
        said.append({"text": "Handläggaren har läst samtalet."})
        # A PUT whose answer was lost is told by 412: it took effect the first time.
        who.ask("PUT", path, 200, 412, json={"sentences": said}, headers={"If-Match": section.headers["ETag"]})
        tale.counts["SectionEdited"] += 1
        for each in self._look(who, tale, key)["sentences"]:
            if not each["supported"]:
                body = {"reason": "Läst och bedömd."}
                who.post(f"{path}/sentences/{each['id']}/resolution", body)
                tale.counts["SentenceResolved"] += 1

    def _approve(self, who: Caller, tale: Tale, key: str) -> None:
        who.post(f"{self._section(tale, key)}/approval")
        tale.counts["SectionApproved"] += 1
        self._look(who, tale, key)

    def _decide(self, who: Caller, tale: Tale) -> None:
        case = f"{DRAFTING}/cases/{tale.case}"
        told = {"communicated_at": "2026-10-15T09:00:00Z", "how": "letter", "reply_by": "2026-10-21"}
        who.post(f"{case}/communication", told)
        tale.counts["CaseCommunicated"] += 1
        granted = [{"requested_support": each["key"], "outcome": "granted", "legal_basis": BASIS} for each in SUPPORTS]
        by = {"decided_by": f"caseworker@{CASEWORK}", "decided_at": "2026-10-22T09:00:00Z"}
        who.post(f"{case}/decision", {"outcomes": granted, **by})
        tale.counts["DecisionRecorded"] += 1
        auditor = self.caller("auditor", CASEWORK)
        auditor.until(f"{AUDIT}/entries?case_id={tale.case}", lambda seen: "DecisionRecorded" in str(seen), "the entry")

    def _heard(self, who: Caller, tale: Tale) -> None:
        path = f"{TRANSCRIPTION}/recordings/{tale.recording}"
        heard = who.until(path, lambda seen: seen["state"] in ("done", "failed"), "the recognition", 240)
        assert (heard["state"], heard["problem"]) == ("done", None), heard

    def _guideline(self, who: Caller, tale: Tale) -> None:
        word = f"kvarter {self.chance.randrange(10**9)}"
        text = f"Hjälp med snöskottning ges i {word} en gång i veckan. Fler tillfällen ska motiveras särskilt."
        passages = [{"key": "p1", "heading": "Snöskottning", "text": text}]
        body = {"title": tale.name, "level": "local", "valid_from": "2025-07-01", "passages": passages}
        with self.at(GUIDELINE, tale):
            tale.guideline = who.post(f"{RETRIEVAL}/guidelines", body)["id"]
            tale.counts["GuidelinePublished"] += 1
            path = f"{RETRIEVAL}/guidelines/{tale.guideline}"
            ready = who.until(path, lambda seen: seen["state"] in ("ready", "failed"), "the index")
            assert ready["state"] == "ready", ready
            asked = {"query": f"snöskottning i {word}"}
            found = who.post(f"{RETRIEVAL}/search", asked)["passages"]
            deadline = time.monotonic() + 60
            while word not in str(found) and time.monotonic() < deadline:
                time.sleep(0.5)
                found = who.post(f"{RETRIEVAL}/search", asked)["passages"]
            assert word in str(found), "a guideline that is ready is found"

    def _forecast(self, who: Caller, tale: Tale) -> None:
        with self.at(FORECAST, tale):
            content = (PLACEMENTS / "kommun_stor_monthly.csv").read_bytes()
            sent = {"content": content, "headers": {"Content-Type": "text/csv"}}
            who.ask("POST", f"{FORECASTING}/placements", 201, **sent)
            tale.counts["PlacementsReceived"] += 1
            tale.forecast = who.post(f"{FORECASTING}/forecasts", {"series": SERIES})["id"]
            path = f"{FORECASTING}/forecast-requests/{tale.forecast}"
            made = who.until(path, lambda seen: seen["state"] in ("done", "failed"), "the forecast")
            assert made["state"] == "done", made
            tale.counts["ForecastPublished"] += 1
            model = who.get(f"{FORECASTING}/forecasts/{SERIES}/latest")["model"]
            tale.told.append(f"model version {model['version'] or 'none'}")

    def _look(self, who: Caller, tale: Tale, key: str) -> Any:
        """The heading as it is now; how far it has come is remembered."""
        section = who.get(self._section(tale, key))
        place = (FURTHER.index(section["state"]), int(section["revision"]))
        tale.seen.setdefault(key, []).append(place)
        return section

    def _section(self, tale: Tale, key: str) -> str:
        return f"{DRAFTING}/cases/{tale.case}/sections/{key}"

# SPDX-License-Identifier: EUPL-1.2
"""An invented home visit and an application that goes with it, and the steps that most stories begin with."""

from __future__ import annotations

from typing import Any

from embedded.rest import Person, wait_for

TRANSCRIPTION, RETRIEVAL, DRAFTING, AUDIT = "/transcription/v1", "/retrieval/v1", "/drafting/v1", "/audit/v1"
SAID = (
    ("H", "Hej, vad bra att jag fick komma. Hur går det att duscha?"),
    ("B", "Jag ramlade i badrummet i mars, så nu duschar jag bara en gång i veckan."),
    ("H", "Behöver du hjälp när du duschar?"),
    ("B", "Ja, jag behöver hjälp två gånger i veckan."),
    ("H", "Hur är det med städningen?"),
    ("B", "Dammsuga klarar jag inte längre, men jag torkar av diskbänken själv."),
    ("H", "Hur mår du annars?"),
    ("B", "Jag har artros i båda knäna och hör dåligt på vänster öra."),
)
SUPPORTS = [{"key": "dusch", "label": "hjälp med dusch"}, {"key": "stadning", "label": "städning"}]


def a_transcript() -> dict[str, Any]:
    return {
        "language": "sv",
        "meeting": {"date": "2026-10-14", "place": "hembesök"},
        "participants": [
            {"speaker": "H", "role": "caseworker", "name": "Lena Sandqvist"},
            {"speaker": "B", "role": "applicant", "name": "Berit Ahlgren"},
        ],
        "utterances": [
            {"id": f"u{number}", "speaker": who, "start": number * 5.0, "end": number * 5.0 + 4, "text": text}
            for number, (who, text) in enumerate(SAID, 1)
        ],
    }


def an_application(**changed: Any) -> dict[str, Any]:
    text = "Ansökan om hemtjänst. Det gäller hjälp med dusch och städning."
    application = {"text": text, "received_on": "2026-10-01", "requested_supports": SUPPORTS}
    case = {"template": "sv-ibic-vuxen", "external_reference": "story-1", "language": "sv"}
    return {**case, "department": "elderly_care", "application": application, **changed}


def approved_transcript(caseworker: Person) -> str:
    """Import the visit, approve it, and return the transcript's id."""
    transcript: str = caseworker.post(f"{TRANSCRIPTION}/transcripts", a_transcript())["id"]
    caseworker.post(f"{TRANSCRIPTION}/transcripts/{transcript}/approval")
    return transcript


def add_source(caseworker: Person, case: str, transcript: str) -> str:
    """Make the transcript a source, as soon as word of its approval has reached the case; return the source's id."""
    body = {"transcript_id": transcript}
    answer = wait_for(
        lambda: caseworker.ask("POST", f"{DRAFTING}/cases/{case}/sources", json=body),
        lambda seen: seen.status_code != 409,
        30,
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["source_id"])


def open_case(caseworker: Person, **changed: Any) -> str:
    """A case within the department's scope, with the visit as its source; return its id."""
    opened = caseworker.post(f"{DRAFTING}/cases", an_application(**changed))
    add_source(caseworker, opened["id"], approved_transcript(caseworker))
    return str(opened["id"])


def section(caseworker: Person, case: str, key: str) -> tuple[dict[str, Any], str]:
    answer = caseworker.ask("GET", f"{DRAFTING}/cases/{case}/sections/{key}")
    assert answer.status_code == 200, answer.text
    return answer.json(), answer.headers["ETag"]


def propose(caseworker: Person, case: str, key: str) -> dict[str, Any]:
    """Ask for one heading and wait for it."""
    caseworker.post(f"{DRAFTING}/cases/{case}/sections/{key}/proposal")
    seen: dict[str, Any] = wait_for(
        lambda: section(caseworker, case, key)[0], lambda each: each["state"] != "pending", 60
    )
    return seen


def approve(caseworker: Person, case: str, key: str) -> None:
    """Answer for each sentence without support, and approve. An empty heading gets a sentence first."""
    now, tag = section(caseworker, case, key)
    path = f"{DRAFTING}/cases/{case}/sections/{key}"
    if not now["sentences"]:
        now = caseworker.put(path, {"sentences": [{"text": "Inget framkom om detta."}]}, tag)
    for each in now["sentences"]:
        if not each["supported"] and not each.get("resolution"):
            caseworker.post(f"{path}/sentences/{each['id']}/resolution", {"reason": "Läst och bedömd av mig."})
    caseworker.post(f"{path}/approval")


def sections_of(caseworker: Person, kind: str) -> list[str]:
    """The keys of the template's sections of this kind, in order."""
    templates = caseworker.get(f"{DRAFTING}/templates")["items"]
    own = next(each for each in templates if each["key"] == "sv-ibic-vuxen")
    return [each["key"] for each in own["sections"] if each["kind"] == kind]


def entries_of(auditor: Person, case: str) -> list[dict[str, Any]]:
    """Every entry of the case in the audit log."""
    found: list[dict[str, Any]] = []
    after: str | None = ""
    while after is not None:
        page = auditor.get(f"{AUDIT}/entries?case_id={case}&limit=200" + (f"&after={after}" if after else ""))
        found, after = found + page["items"], page["next"]
    return found

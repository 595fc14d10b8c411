# SPDX-License-Identifier: EUPL-1.2
"""The steps of the main job as a caseworker takes them, over REST."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from embedded.demo.account import Account
from embedded.rest import Person, Refused, wait_for

DRAFTING, RETRIEVAL, TRANSCRIPTION, AUDIT = "/drafting/v1", "/retrieval/v1", "/transcription/v1", "/audit/v1"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
MET_ON = date(2026, 10, 14)
REASON = "Läst mot samtalet och bedömt av mig."
LEGAL_BASIS = "SoL (2025:400) 11 kap. 1 §"
SUPPORTS = [
    {"key": "dusch", "label": "hjälp med dusch"},
    {"key": "matlador", "label": "matlådor"},
    {"key": "dagverksamhet", "label": "dagverksamhet"},
]


@dataclass
class Job:
    """One case on its way. What a step finds out stands here for the next."""

    account: Account
    base: str
    recording: Path
    guidelines: Path
    out: Path
    caseworker: Person = field(init=False)
    transcript: dict[str, Any] = field(init=False)
    case: str = ""
    titles: dict[str, str] = field(default_factory=dict)
    parts: dict[str, str] = field(default_factory=dict)

    def run(self) -> None:
        self.caseworker = Person.signed_in(self.base, "caseworker@ekhamra")
        self.transcribe()
        self.approve_transcript()
        self.load_guidelines()
        self.open_case()
        self.write_facts()
        self.write_the_rest()
        self.review()
        self.decide()
        self.issue_documents()
        self.verify_audit_log()

    def transcribe(self) -> None:
        self.account.step(f"A recording is sent in: {self.recording.name}")
        fields = {"language": "sv", "speakers": "2", "case_reference": "demo-1"}
        path = f"{TRANSCRIPTION}/recordings"
        sent = self.caseworker.upload(path, fields, self.recording)
        with self.account.bar("recognition") as reached:

            def look() -> dict[str, Any]:
                seen: dict[str, Any] = self.caseworker.get(f"{path}/{sent['id']}")
                reached(seen["progress"])
                return seen

            done = wait_for(look, lambda seen: seen["state"] in ("done", "failed"), 600)
        if done["state"] == "failed":
            raise RuntimeError(done["problem"])
        self.transcript = self.caseworker.get(f"{TRANSCRIPTION}/transcripts/{done['transcript_id']}")
        for each in self.transcript["utterances"]:
            doubt = "  (uncertain)" if each["doubtful"] else ""
            self.account.say(f"{each['start']:5.1f} s  {each['speaker']}: {each['text']}{doubt}")
        if not self.transcript["recogniser"]["fit_for_use"]:
            self.account.say(
                "The packaged recogniser is a demonstration: it mishears. Set better weights for real use."
            )

    def approve_transcript(self) -> None:
        self.account.step("The caseworker proofreads the transcript and approves it")
        said = [each["text"] for each in json.loads(self.recording.with_suffix(".json").read_text("utf-8"))]
        path = f"{TRANSCRIPTION}/transcripts/{self.transcript['id']}"
        heard = self.transcript["utterances"]
        for each, text in zip(heard, said, strict=False) if len(heard) == len(said) else ():
            self.caseworker.patch(f"{path}/utterances/{each['id']}", {"text": text})
        first = heard[0]["speaker"]
        people = [
            {"speaker": each, "role": role, "name": name}
            for each, (role, name) in zip(
                [first, next(e["speaker"] for e in heard if e["speaker"] != first)],
                [("caseworker", "Maja Lindroth"), ("applicant", "Gunnar Ekblad")],
                strict=True,
            )
        ]
        answer = self.caseworker.ask("GET", path)
        self.caseworker.put(f"{path}/participants", {"participants": people}, answer.headers.get("ETag", "*"))
        approval = self.caseworker.post(f"{path}/approval")
        self.transcript = self.caseworker.get(path)
        corrected = sum(each["text"] != each["original_text"] for each in self.transcript["utterances"])
        self.account.say(f"{corrected} utterances corrected; what the machine heard is kept beside each.")
        self.account.say(f"Approved by {approval['approved_by']}, digest {approval['digest'][:16]}…")
        names = {each["speaker"]: each["name"] for each in self.transcript["participants"]}
        self.parts |= {each["id"]: f"{names[each['speaker']]}" for each in self.transcript["utterances"]}

    def load_guidelines(self) -> None:
        self.account.step("A manager has loaded the municipality's guidelines")
        manager = Person.signed_in(self.base, "manager@ekhamra")
        content = json.loads(self.guidelines.read_text("utf-8"))["passages"]
        passages = [{"key": each["id"], "heading": each["title"], "text": each["text"]} for each in content]
        body = {"title": "Riktlinjer för hemtjänst", "level": "local", "valid_from": "2025-07-01", "passages": passages}
        path = f"{RETRIEVAL}/guidelines"
        loaded = manager.post(path, body)
        wait_for(lambda: manager.get(f"{path}/{loaded['id']}"), lambda seen: seen["state"] == "ready", 120)
        listed = manager.get(f"{path}/{loaded['id']}/passages?limit=500")["items"]
        self.parts |= {each["passage_id"]: f"guideline, {each['heading']}" for each in listed}
        question = "Hur ofta kan man få hjälp att duscha?"
        answer = Person.signed_in(self.base, "staff@ekhamra").post(f"{RETRIEVAL}/questions", {"question": question})
        self.account.say(f"{len(listed)} passages. Home-care staff ask: {question}")
        self.account.say(f"→ {answer['answer'] if answer['answered'] else answer['not_answered_because']}")

    def open_case(self) -> None:
        self.account.step("A case is opened, and its scope is checked")
        text = "Ansökan om hemtjänst. Det gäller hjälp med dusch, matlådor och dagverksamhet."
        application = {"text": text, "received_on": str(MET_ON - timedelta(days=14)), "requested_supports": SUPPORTS}
        new = {"template": "sv-ibic-vuxen", "external_reference": "demo-1", "language": "sv"}
        opened = self.caseworker.post(
            f"{DRAFTING}/cases", {**new, "department": "elderly_care", "application": application}
        )
        self.case = f"{DRAFTING}/cases/{opened['id']}"
        self.titles = {each["key"]: each["title"] for each in opened["sections"]}
        self.account.say(f"Scope: {opened['scope']['verdict']}. {opened['scope']['reason']}")
        if opened["scope"]["verdict"] != "within":
            self.caseworker.post(f"{self.case}/scope", {"verdict": "within", "reason": REASON})
        source = {"transcript_id": self.transcript["id"]}

        def attach() -> bool:
            return self.caseworker.ask("POST", f"{self.case}/sources", json=source).status_code == 201

        wait_for(attach, bool, 30)
        self.account.say("The approved transcript is a source of the case.")

    def propose(self, key: str) -> dict[str, Any]:
        self.caseworker.post(f"{self.case}/sections/{key}/proposal")
        section: dict[str, Any] = wait_for(lambda: self.section(key)[0], lambda seen: seen["state"] != "pending", 120)
        self.parts |= {each["id"]: f"heading {section['title']}" for each in section["sentences"]}
        return section

    def section(self, key: str) -> tuple[dict[str, Any], str]:
        answer = self.caseworker.ask("GET", f"{self.case}/sections/{key}")
        if answer.status_code != 200:
            raise Refused(answer)
        return answer.json(), answer.headers["ETag"]

    def approve(self, key: str) -> None:
        """Answer for what has no support and approve; a heading without text is set aside as empty."""
        section, _ = self.section(key)
        path = f"{self.case}/sections/{key}"
        for each in section["sentences"]:
            if not each["supported"] and not each.get("resolution"):
                self.caseworker.post(f"{path}/sentences/{each['id']}/resolution", {"reason": REASON})
        self.caseworker.post(f"{path}/approval", {"as_empty": not section["sentences"]})

    def write_facts(self) -> None:
        templates = self.caseworker.get(f"{DRAFTING}/templates")["items"]
        own = next(each for each in templates if each["key"] == "sv-ibic-vuxen")
        kinds = {each["key"]: each["kind"] for each in own["sections"]}
        facts = [key for key in self.titles if kinds[key] == "facts"]
        self.account.step(f"{len(facts)} fact headings are proposed, one at a time")
        sections = {}
        with self.account.bar("proposals", total=len(facts)) as reached:
            for number, key in enumerate(facts, 1):
                sections[key] = self.propose(key)
                reached(number)
        fullest = max(sections, key=lambda key: len(sections[key]["sentences"]))
        self.account.section(sections[fullest], self.source_of)
        self.account.step("The caseworker edits a sentence and approves each heading")
        self.edit(fullest)
        for key in facts:
            self.approve(key)
        empty = sum(not each["sentences"] for each in sections.values())
        self.account.say(f"{len(facts)} headings approved, {empty} of them set aside as empty.")

    def edit(self, key: str) -> None:
        section, tag = self.section(key)
        said = [{"id": each["id"], "text": each["text"]} for each in section["sentences"]]
        said[0]["text"] = said[0]["text"].rstrip(".") + ", enligt samtalet."
        after = self.caseworker.put(f"{self.case}/sections/{key}", {"sentences": said}, tag)
        self.account.say(f"Now: {after['sentences'][0]['text']}  [{after['sentences'][0]['origin']}]")

    def source_of(self, citation: dict[str, Any]) -> str:
        return str(self.parts.get(citation["part_id"], citation["source"]))

    def write_the_rest(self) -> None:
        done = {each["key"] for each in self.caseworker.get(self.case)["sections"] if each["state"] == "approved"}
        late = [key for key in self.titles if key not in done]
        self.account.step(f"What builds on the facts: {', '.join(self.titles[key].lower() for key in late)}")
        shown = None
        for key in late:
            section = self.propose(key)
            shown = shown or (section if section["sentences"] else None)
            self.approve(key)
        if shown:
            self.account.section(shown, self.source_of)

    def review(self) -> None:
        self.account.step("The whole is reviewed")
        findings = self.caseworker.post(f"{self.case}/review")["findings"]
        for each in findings[:6]:
            self.account.say(f"{each['severity']}: {each['text']}")
        self.account.say(f"{len(findings)} findings, for the caseworker's own judgement.")

    def decide(self) -> None:
        self.account.step("The party has been told, and a human decides")
        told = {"communicated_at": f"{MET_ON + timedelta(days=1)}T09:00:00Z", "how": "letter"}
        self.caseworker.post(f"{self.case}/communication", {**told, "reply_by": str(MET_ON + timedelta(days=7))})
        outcomes = [
            {"requested_support": each["key"], "outcome": "granted", "legal_basis": LEGAL_BASIS} for each in SUPPORTS
        ]
        decision = {"outcomes": outcomes, "decided_by": "caseworker@ekhamra"}
        self.caseworker.post(
            f"{self.case}/decision", {**decision, "decided_at": f"{MET_ON + timedelta(days=8)}T09:00:00Z"}
        )
        self.account.say(
            f"{len(outcomes)} supports granted, {LEGAL_BASIS}. State: {self.caseworker.get(self.case)['state']}."
        )

    def issue_documents(self) -> None:
        self.account.step("The documents")
        self.out.mkdir(parents=True, exist_ok=True)
        for name, accept in (("docx", DOCX), ("pdf", "application/pdf"), ("md", "text/markdown")):
            path = self.out / f"beslutsunderlag.{name}"
            path.write_bytes(self.caseworker.download(f"{self.case}/document", accept))
            self.account.say(str(path))
        replay = self.caseworker.post(f"{self.case}/replay")
        self.account.say(f"Replayed from the manifest: {'identical' if replay['identical'] else 'different'}.")

    def verify_audit_log(self) -> None:
        self.account.step("The audit log, checked without trusting its keeper")
        auditor = Person.signed_in(self.base, "auditor@ekhamra")
        wait_for(lambda: self.decision_is_logged(auditor), bool, 30)
        key = auditor.download(f"{AUDIT}/verification-key", "text/plain").decode()
        export = self.out / "audit-export.jsonl"
        export.write_bytes(auditor.download(f"{AUDIT}/export", "*/*"))
        verifier = [sys.executable, "-m", "services.audit.verify", "--export", str(export), "--key", key.strip()]
        verified = subprocess.run(verifier, capture_output=True, text=True, check=False)
        if verified.returncode:
            raise RuntimeError(verified.stdout + verified.stderr)
        entries = verified.stdout.split()[1]
        self.account.say(f"audit log verified, {entries} entries ({export})")

    def decision_is_logged(self, auditor: Person) -> bool:
        listed = auditor.get(f"{AUDIT}/entries?case_id={self.case.rpartition('/')[2]}&limit=500")["items"]
        return any(each["type"].endswith("DecisionRecorded") for each in listed)

# SPDX-License-Identifier: EUPL-1.2
"""The AI-share statement of a case, for the person concerned: as numbers and as plain words in four languages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Query, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import BaseModel

from kernel.identity import Actor, Role
from kernel.texts import Texts
from kernel.web import AccessLog, ResourceId, allow, service_tools
from services.audit import usecases
from services.audit.domain import Sentences, Statement
from services.audit.store import SqlLog
from services.audit.tools import Tools

routes = APIRouter(tags=["statement"])

Auditor = Annotated[Actor, Depends(allow(Role.AUDITOR))]
AuditTools = Annotated[Tools, Depends(service_tools)]
Language = Annotated[
    Literal["sv", "da", "nb", "en"] | None, Query(description="Default: the municipality's own language.")
]
WRITER_KINDS = frozenset({"extractive", "model", "generated"})


class SentencesOut(BaseModel):
    machine: int
    machine_edited: int
    human: int


class SectionOut(BaseModel):
    key: str
    sentences: SentencesOut
    approved: bool
    entry: int


class WriterOut(BaseModel):
    name: str
    kind: str
    prompt_version: str
    digest: str
    proposals: int


class StatementOut(BaseModel):
    """`entry` and `entries` are indices in the log `origin`, which had `log_size` entries when this was counted."""

    case_id: str
    language: str
    origin: str
    log_size: int
    sentences: SentencesOut
    sections: list[SectionOut]
    writers: list[WriterOut]
    sources: dict[str, int]
    resolved_by_human: int
    supports_by_hand: int
    all_by_hand: bool
    decided_at: str | None
    entries: list[int]
    text: str


@routes.get(
    "/cases/{case_id}/statement",
    response_model=StatementOut,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
def read_statement(
    case_id: ResourceId,
    auditor: Auditor,
    tools: AuditTools,
    access: AccessLog,
    language: Language = None,
    accept: Annotated[str, Header(max_length=500)] = "",
) -> Response:
    """Which words of the case came from a machine and which from a human. As `text/plain`: the plain words alone."""
    spoken = language or tools.municipalities.of(auditor.tenant_id).language
    origin = tools.origin(auditor.tenant_id)
    with tools.transaction(auditor.tenant_id) as work:
        log = SqlLog(work)
        size = log.tree().size
        statement = usecases.case_statement(case_id, log)
        access.read(work, case_id=case_id, subject=f"statement:{case_id}")
    text = in_words(statement, case_id, (origin, size), tools.texts, spoken)
    headers = {"Content-Language": spoken, "Vary": "Accept"}
    if accept.startswith("text/plain"):
        return PlainTextResponse(text, headers=headers)
    shown = StatementOut(
        case_id=case_id, language=spoken, origin=origin, log_size=size, text=text, **_numbers(statement)
    )
    return JSONResponse(shown.model_dump(), headers=headers)


def _numbers(statement: Statement) -> dict[str, Any]:
    """What stands in the statement beside its words."""
    return {
        "sentences": _counts(statement.total),
        "sections": [
            SectionOut(key=each.key, sentences=_counts(each.sentences), approved=each.is_approved, entry=each.entry)
            for each in statement.sections
        ],
        "writers": [WriterOut(**vars(writer), proposals=count) for writer, count in statement.proposals.items()],
        "sources": dict(statement.sources),
        "resolved_by_human": statement.resolved_by_human,
        "supports_by_hand": statement.supports_by_hand,
        "all_by_hand": statement.is_all_by_hand,
        "decided_at": statement.decided_at or None,
        "entries": list(statement.rests_on),
    }


def _counts(sentences: Sentences) -> SentencesOut:
    return SentencesOut(**vars(sentences))


def in_words(statement: Statement, case_id: str, log: tuple[str, int], texts: Texts, language: str) -> str:
    """The statement as sentences that a person can read without knowing the platform. `log`: its origin and size."""

    def say(key: str, **values: object) -> str:
        return texts.say(f"statement.{key}", language, **values)

    def counted(key: str, sentences: Sentences, **values: object) -> str:
        return say(key, machine=sentences.machine, edited=sentences.machine_edited, human=sentences.human, **values)

    total = statement.total
    written = [counted("total", total, all=total.all) if total.all else say("no_text")]
    if total.all and total.all == total.human:
        written.append(say("no_machine"))
    for each in statement.sections:
        if each.sentences.all:
            key = "section_approved" if each.is_approved else "section_open"
            written.append(counted(key, each.sentences, heading=each.key))
    helped = [
        say(f"writer_{writer.kind if writer.kind in WRITER_KINDS else 'other'}", name=writer.name)
        for writer in statement.proposals
    ]
    sources = say("sources", transcripts=statement.sources.get("transcript", 0), notes=statement.sources.get("note", 0))
    entries = ", ".join(map(str, statement.rests_on)) or "–"
    parts = [
        [say("title")],
        [say("what_this_is", case_id=case_id)],
        written,
        [*dict.fromkeys(helped), sources, *_by_humans(statement, say)],
        [say("check", log=log[0], size=log[1], entries=entries)],
    ]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _by_humans(statement: Statement, say: Callable[..., str]) -> Iterator[str]:
    if statement.resolved_by_human:
        yield say("resolved", count=statement.resolved_by_human)
    if statement.is_all_by_hand:
        yield say("all_by_hand")
    elif statement.supports_by_hand:
        yield say("supports_by_hand", count=statement.supports_by_hand)
    yield say("decided", date=statement.decided_at[:10]) if statement.decided_at else say("not_decided")

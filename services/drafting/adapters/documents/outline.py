# SPDX-License-Identifier: EUPL-1.2
"""The document as a reader meets it: headings, paragraphs, tables, all in the case's language, no markup.

Every form but JSON is made from this, so that they cannot come to say different things.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from pathlib import Path
from typing import Protocol

from kernel.texts import Texts
from services.drafting.domain.document import DocumentSection, DocumentSentence, DocumentView, NumberedSource
from services.drafting.domain.sentences import Origin
from services.drafting.domain.written_dates import written_date

TEXTS = Path(__file__).parents[2] / "texts_documents"


class Say(Protocol):
    def __call__(self, key: str, /, **values: object) -> str: ...


@dataclass(frozen=True)
class Heading:
    """`level` 1 stands below the title."""

    text: str
    level: int = 1


@dataclass(frozen=True)
class Sentences:
    """One paragraph: pairs of a sentence and the mark that follows it, which may be empty."""

    said: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Listed:
    """A list; `is_ordered` when its order is one of steps."""

    items: tuple[str, ...]
    is_ordered: bool = False


@dataclass(frozen=True)
class Grid:
    """A table with a header row. `caption` is for those who cannot see it; `widths` are shares."""

    caption: str
    header: tuple[str, ...]
    widths: tuple[int, ...]
    rows: tuple[tuple[str, ...], ...]


Block = Heading | Sentences | Listed | Grid


@dataclass(frozen=True)
class Outline:
    title: str
    issuer: str
    language: str
    notice: str
    page: str
    facts: tuple[tuple[str, str], ...]
    blocks: tuple[Block, ...]


def tidy(text: str) -> str:
    """On one line, and without what no reader sees: control characters, marks that turn the direction of writing."""
    return "".join(each for each in " ".join(text.split()) if each.isprintable())


@cache
def texts() -> Texts:
    return Texts.load(TEXTS)


def sayer(language: str) -> Say:
    return partial(_said, language)


def _said(language: str, key: str, /, **values: object) -> str:
    return texts().say(f"document.{key}", language, **values)


def outline_of(document: DocumentView) -> Outline:
    say = sayer(document.language)
    return Outline(
        title=document.title,
        issuer=f"{document.municipality}, {document.department}",
        language=document.language,
        notice=say("draft_notice", count=len(document.unfinished)) if document.unfinished else "",
        page=say("page"),
        facts=tuple(_facts(document, say)),
        blocks=tuple(_blocks(document, say)),
    )


def _facts(document: DocumentView, say: Say) -> Iterator[tuple[str, str]]:
    yield say("reference"), document.external_reference
    yield say("received"), _day(document.received_on, document)
    yield say("state"), say(f"states.{document.state}")
    if document.decision:
        yield say("decided"), f"{_day(document.decision.decided_on, document)}, {document.decision.decided_by}"


def _blocks(document: DocumentView, say: Say) -> Iterator[Block]:
    yield Heading(say("applied_for"))
    yield Sentences(((document.application, ""),))
    if document.requested:
        yield Listed(
            tuple(f"{each.label} ({say('manual')})" if each.is_manual else each.label for each in document.requested)
        )
    yield Heading(say("how_to_read"))
    yield Sentences(((say("legend"), ""),))
    for section in document.sections:
        if not section.generated:
            yield from _section(section, say)
    yield from _communication(document, say)
    yield from _decision(document, say)
    for section in document.sections:
        if section.generated and section.sentences:
            yield Heading(section.title)
            yield Listed(tuple(each.text for each in section.sentences), is_ordered=True)
    yield from _machine_support(document, say)
    yield from _sources(document, say)


def _section(section: DocumentSection, say: Say) -> Iterator[Block]:
    yield Heading(section.title)
    if not section.sentences:
        yield Sentences(((say("set_aside" if section.set_aside else "not_written"), ""),))
    else:
        yield Sentences(tuple((each.text, _mark(each, say)) for each in section.sentences))


def _mark(sentence: DocumentSentence, say: Say) -> str:
    """Origin and sources in words, so that they can be heard as well as seen."""
    parts = [say(f"origins.{sentence.origin}")]
    if sentence.sources:
        parts.append(say("source_numbers", numbers=", ".join(map(str, sentence.sources))))
    if sentence.answered_for:
        parts.append(say("answered_for", reason=sentence.answered_for))
    elif not sentence.supported:
        parts.append(say("unsupported"))
    return f"({'; '.join(parts)})"


def _communication(document: DocumentView, say: Say) -> Iterator[Block]:
    if not document.communications:
        return
    yield Heading(say("communication"))
    for each in document.communications:
        told = say(
            "told", day=_day(each.told_on, document), how=say(f"how.{each.how}"), reply_by=_day(each.reply_by, document)
        )
        reply = say("reply", reply=each.reply) if each.reply else say("no_reply")
        yield Sentences(((told, ""), (reply, "")))


def _decision(document: DocumentView, say: Say) -> Iterator[Block]:
    if not document.decision:
        return
    decision = document.decision
    yield Heading(say("decision"))
    yield Sentences(((say("decided_by", day=_day(decision.decided_on, document), who=decision.decided_by), ""),))
    rows = tuple(
        (each.label, say(f"outcomes.{each.outcome}"), _period(each.first, each.last, document, say), each.legal_basis)
        for each in decision.outcomes
    )
    header = (say("support"), say("outcome"), say("period"), say("legal_basis"))
    yield Grid(say("decision"), header, (3, 2, 4, 4), rows)


def _period(first: date | None, last: date | None, document: DocumentView, say: Say) -> str:
    if first is None:
        return say("no_period")
    if last is None:
        return say("until_further_notice", first=_day(first, document))
    return say("from_to", first=_day(first, document), last=_day(last, document))


def _machine_support(document: DocumentView, say: Say) -> Iterator[Block]:
    share = document.share
    yield Heading(say("machine_support"))
    if not share.has_machine_part:
        yield Sentences(((statement_of(document), ""),))
        return
    yield Sentences(((statement_of(document), ""),))
    rows = tuple(
        (say(f"origin_names.{origin}"), str(share.sentences[origin]), str(share.words[origin])) for origin in Origin
    )
    yield Grid(say("machine_support"), (say("origin"), say("sentence_count"), say("word_count")), (6, 2, 2), rows)
    if share.answered_for:
        yield Sentences(((say("answered_for_count", count=share.answered_for), ""),))


def statement_of(document: DocumentView) -> str:
    """What a machine had to do with the text, for the person concerned. Says only what is true by now."""
    say, share = sayer(document.language), document.share
    if not share.has_machine_part:
        return say("no_machine")
    is_final = document.decision is not None and not document.unfinished
    writers = ", ".join(share.writers) or say("unnamed_writer")
    by_human = say("approved_statement" if is_final else "awaiting_statement")
    return f"{say('machine_statement', writers=writers)} {by_human}"


def _sources(document: DocumentView, say: Say) -> Iterator[Block]:
    if not document.sources:
        return
    yield Heading(say("sources"))
    rows = tuple(
        (str(each.number), _place(each, document, say), say("quoted", quote=each.quote)) for each in document.sources
    )
    yield Grid(say("sources"), (say("number"), say("where"), say("quote")), (1, 6, 6), rows)


def _place(source: NumberedSource, document: DocumentView, say: Say) -> str:
    """Where it stands and who said it: "Samtal den 14 oktober 2026, Karin Ek (anhörig), u015"."""
    kind = say(f"kinds.{source.kind}")
    if source.met_on:
        kind = f"{kind} {_day(source.met_on, document)}"
    who = f"{source.speaker} ({say(f'roles.{source.role}')})" if source.role else source.speaker
    return ", ".join(each for each in (kind, source.heading, who, source.part_id) if each)


def _day(day: date, document: DocumentView) -> str:
    return written_date(day, document.language, texts())

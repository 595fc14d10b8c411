# SPDX-License-Identifier: EUPL-1.2
"""Builders for documents: a believable, invented case. A test names only what it is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

from services.drafting.domain.case import Case, CaseState, ScopeJudgement, ScopeVerdict
from services.drafting.domain.casetext import CaseText
from services.drafting.domain.decision import Communication, Decision, How, Outcome, OutcomeKind, Period
from services.drafting.domain.document import DocumentView, Setting, document_of
from services.drafting.domain.handling import HandOver, RequestedSupport
from services.drafting.domain.material import Application, Material, Part, Person, SourceKind
from services.drafting.domain.section import Section, SectionState
from services.drafting.domain.sentences import Citation, Origin, Resolution, Sentence
from services.drafting.domain.sources import Source
from services.drafting.domain.templates import SectionKind, Template, TemplateSection

NOON = datetime(2026, 10, 20, 12, tzinfo=UTC)
SUMMER_TIME = timezone(timedelta(hours=2))
HAND_OVER = HandOver("Förväntat avslag.", "maja", NOON)
SETTING = Setting("Ekhamra kommun", "Äldreomsorgen", SUMMER_TIME)
TEMPLATE = Template(
    "sv-ibic-vuxen",
    "Utredning av behov av stöd, vuxen (IBIC)",
    "sv",
    "SE",
    ("SoL 11 kap. 1 §",),
    (
        TemplateSection("d5", "Personlig vård", SectionKind.FACTS),
        TemplateSection("d6", "Hemliv", SectionKind.FACTS),
        TemplateSection("assessment", "Bedömning", SectionKind.ASSESSMENT),
        TemplateSection("appeal", "Så överklagar du", SectionKind.DECISION, generated=True),
    ),
)
TRANSCRIPT = Source(
    "s1",
    "case-1",
    SourceKind.TRANSCRIPT,
    "t1",
    "digest",
    "maja",
    NOON,
    Material(
        (
            Part(SourceKind.TRANSCRIPT, "s1", "u1", "Jag vågar inte duscha själv, det är halt.", "I"),
            Part(SourceKind.TRANSCRIPT, "s1", "u2", "Hon städar inte längre, det gör jag.", "K"),
        ),
        (Person("I", "applicant", "Aina Berggren"), Person("K", "relative", "Karl Berggren")),
        date(2026, 10, 14),
    ),
)
PASSAGES = Material(
    (Part(SourceKind.GUIDELINE, "g1", "p7", "Dusch beviljas vid behov.", heading="Personlig omvårdnad"),)
)


def cited(part_id: str, quote: str, source: SourceKind = SourceKind.TRANSCRIPT, source_id: str = "s1") -> Citation:
    return Citation(source, source_id, part_id, quote)


SHOWER = cited("u1", "vågar inte duscha själv")
GUIDELINE = cited("p7", "Dusch beviljas vid behov.", SourceKind.GUIDELINE, "g1")
SENTENCES = {
    "d5": (Sentence("x1", "Aina vågar inte duscha själv.", Origin.MACHINE, (SHOWER,)),),
    "d6": (Sentence("x2", "Karl städar.", Origin.MACHINE_EDITED, (cited("u2", "det gör jag"),)),),
    "assessment": (
        Sentence("x3", "Behov av dusch finns.", Origin.MACHINE, (SHOWER, GUIDELINE)),
        Sentence(
            "x4",
            "Läst och bedömd.",
            Origin.HUMAN,
            resolution=Resolution("Egen iakttagelse vid hembesöket.", "maja", NOON),
        ),
    ),
}
DECISION = Decision(
    "d1",
    (
        Outcome("dusch", OutcomeKind.GRANTED, "SoL (2025:400) 11 kap. 1 §", Period(date(2026, 11, 1))),
        Outcome("snoskottning", OutcomeKind.REFUSED, "SoL (2025:400) 11 kap. 1 §"),
    ),
    "maja",
    datetime(2026, 10, 21, 22, 30, tzinfo=UTC),
    "maja",
    NOON,
)
TOLD = Communication("c1", NOON, How.LETTER, date(2026, 10, 27), "Det stämmer.", "maja")


def a_case_text(**changed: Section) -> CaseText:
    case = Case(
        "case-1",
        TEMPLATE.key,
        "digest",
        "ÄO 2026/114",
        "sv",
        "elderly_care",
        Application("Jag ansöker om dusch och snöskottning.", date(2026, 10, 1)),
        (RequestedSupport("dusch", "Dusch"), RequestedSupport("snoskottning", "Snöskottning", HAND_OVER)),
        ScopeJudgement(ScopeVerdict.WITHIN, ""),
        "maja",
        NOON,
        CaseState.DECIDED,
    )
    sections = {
        each.key: Section("case-1", each.key, SectionState.APPROVED, sentences=SENTENCES.get(each.key, ()))
        for each in TEMPLATE.sections
    }
    return CaseText(case, TEMPLATE, {**sections, **changed})


def a_document(text: CaseText | None = None, *, decision: Decision | None = DECISION) -> DocumentView:
    return document_of(
        text or a_case_text(),
        [TRANSCRIPT],
        PASSAGES,
        communications=[TOLD],
        decision=decision,
        appeal=("Du kan överklaga beslutet.", "Skicka överklagandet till nämnden."),
        setting=SETTING,
    )


def saying(text: str) -> CaseText:
    """A case whose first heading says just this."""
    sentence = replace(SENTENCES["d5"][0], text=text)
    return a_case_text(d5=Section("case-1", "d5", SectionState.APPROVED, sentences=(sentence,)))

# SPDX-License-Identifier: EUPL-1.2
"""Builders for cases: an invented application for help at home. A test names only what it is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from kernel.identity import Actor, Role, TenantId
from services.drafting.domain.case import Case, CaseState, ScopeJudgement, ScopeVerdict
from services.drafting.domain.casetext import CaseText, Proposal
from services.drafting.domain.handling import RequestedSupport
from services.drafting.domain.material import Application, Material, Part, Person, SourceKind
from services.drafting.domain.section import Manifest
from services.drafting.domain.sentences import Check, CheckKind, Citation, Origin, Resolution, Sentence, Verdict
from services.drafting.domain.sources import Source
from services.drafting.domain.templates import SectionKind, Template, TemplateSection

EKHAMRA = TenantId("ekhamra")
MAJA = Actor("maja@ekhamra", EKHAMRA, frozenset({Role.CASEWORKER}))
NOON = datetime(2026, 10, 20, 12, tzinfo=UTC)
KEY = b"k" * 32
TEMPLATE = Template(
    "sv-ibic-vuxen",
    "Utredning",
    "sv",
    "SE",
    ("SoL (2025:400)",),
    (
        TemplateSection("health", "Hälsa", SectionKind.FACTS),
        TemplateSection("d6", "Hemliv", SectionKind.FACTS),
        TemplateSection("assessment", "Bedömning", SectionKind.ASSESSMENT, depends_on=("health", "d6")),
        TemplateSection("proposal", "Förslag till beslut", SectionKind.DECISION, depends_on=("assessment",)),
        TemplateSection("appeal", "Så överklagar du", SectionKind.DECISION, generated=True),
    ),
)
SUPPORTS = (RequestedSupport("stadning", "städning"), RequestedSupport("snoskottning", "snöskottning"))
SAID = Part(SourceKind.TRANSCRIPT, "s1", "u1", "Jag orkar inte dammsuga längre.", "I")
TRANSCRIPT = Source(
    "s1",
    "case-1",
    SourceKind.TRANSCRIPT,
    "t1",
    "digest",
    MAJA.id,
    NOON,
    Material(
        (SAID, Part(SourceKind.TRANSCRIPT, "s1", "u2", "Hon ramlade i mars.", "K")),
        (Person("I", "applicant", "Aina Berggren"), Person("K", "relative", "Karl Berggren")),
        date(2026, 10, 14),
    ),
)


def a_case(**changed: object) -> Case:
    case = Case(
        id="case-1",
        template=TEMPLATE.key,
        template_digest="digest",
        external_reference="2026-17",
        language="sv",
        department="elderly_care",
        application=Application(
            "Ansökan om städning och snöskottning.", date(2026, 10, 1), {each.key: each.label for each in SUPPORTS}
        ),
        supports=SUPPORTS,
        scope=ScopeJudgement(ScopeVerdict.WITHIN, "Gäller hjälp i hemmet.", at=NOON),
        opened_by=MAJA.id,
        opened_at=NOON,
        state=CaseState.OPEN,
    )
    return replace(case, **changed)  # type: ignore[arg-type] # a builder's fields are the aggregate's


def a_text(**changed: object) -> CaseText:
    return CaseText.opened(a_case(**changed), TEMPLATE)


OK = (Check(CheckKind.SUPPORT, Verdict.OK),)
UNSUPPORTED = (Check(CheckKind.SUPPORT, Verdict.FAIL, "Inget stöd."),)


def a_sentence(id: str = "x1", text: str = "Aina orkar inte dammsuga.", **changed: object) -> Sentence:
    cited = (Citation(SourceKind.TRANSCRIPT, "s1", "u1", "orkar inte dammsuga"),)
    return replace(Sentence(id, text, Origin.MACHINE, cited, checks=OK), **changed)  # type: ignore[arg-type] # as above


def an_unsupported_sentence(id: str = "x9", text: str = "Aina har en hund.") -> Sentence:
    return Sentence(id, text, Origin.HUMAN, checks=UNSUPPORTED)


def a_manifest(**changed: object) -> Manifest:
    manifest = Manifest(
        id="m1",
        writer="scripted",
        kind="extractive",
        prompt_version="1",
        writer_digest="digest-1",
        template_digest="digest",
        as_of=date(2026, 10, 20),
        made_at=NOON,
        requested_by=MAJA.id,
        output_digest="output",
    )
    return replace(manifest, **changed)  # type: ignore[arg-type] # as above


def a_proposal(*sentences: Sentence) -> Proposal:
    return Proposal(sentences or (a_sentence(),), (), a_manifest())


def proposed(text: CaseText, key: str, *sentences: Sentence) -> CaseText:
    asked, _ = text.request_proposal(key, f"ticket-{key}", MAJA)
    landed, _ = asked.land_proposal(key, f"ticket-{key}", a_proposal(*sentences), MAJA)
    return landed


def approved(text: CaseText, *keys: str) -> CaseText:
    """The text with these headings proposed and approved, in this order."""
    for key in keys:
        text, _ = proposed(text, key, a_sentence(f"x-{key}")).approve(key, NOON, MAJA)
    return text


def a_resolution() -> Resolution:
    return Resolution("Egen iakttagelse vid hembesöket.", MAJA.id, NOON)

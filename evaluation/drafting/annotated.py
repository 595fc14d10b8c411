# SPDX-License-Identifier: EUPL-1.2
"""An annotated meeting: what was said, and what a good text about it holds, refuses to say and must show as
disputed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from services.drafting.adapters.templates import shipped_trees
from services.drafting.domain.material import Material, Part, Person, SourceKind
from services.drafting.domain.templates import SectionKind, Template, TemplateSection

# The word for a participant's role in the files, and the role in transcripts.
ROLES = {
    "handläggare": "caseworker", "lss-handläggare": "caseworker", "sagsbehandler": "caseworker",
    "visitator": "caseworker", "den enskilde": "applicant", "borgeren": "applicant", "barn": "child",
    "god man": "representative",
}  # fmt: skip
TEMPLATES = {"IBIC-vuxen": "sv-ibic-vuxen", "LSS-barn": "sv-lss-barn", "LSS-vuxen": "sv-lss-vuxen"}
# The word for a life area in the files, and the headings it belongs under.
AREAS = {
    "ansokan": ("application",), "ansogning": ("application",), "process": ("process",), "proces": ("process",),
    "halsa": ("health",), "helbred": ("health",), "kropp": ("body",), "omgivning": ("environment",),
    "omgivelser": ("home",), "person": ("personal_factors",), "trygghet": ("safety",), "anhorig": ("carer",),
    "mal": ("goals",), "onskemal": ("wishes",), "onsker": ("wishes",), "barnets_asikt": ("child_views",),
    "barnets_syn": ("child_views",), "malgruppe": ("target_group",), "nodvendig": ("necessity",),
    "hensigt": ("purpose",), "omfang": ("extent",), "indtaegt": ("income",), "skole": ("school",),
    "familie": ("family", "relatives"), "egenomsorg": ("self_care",), "praktiske": ("practical_tasks",),
    "mobilitet": ("mobility",), "mentale": ("mental_functions",), "samfundsliv": ("social_life",),
}  # fmt: skip


@dataclass(frozen=True)
class Meeting:
    name: str
    language: str
    template: Template
    material: Material
    gold: dict[str, Any]

    @classmethod
    def read(cls, path: Path) -> Meeting:
        content = json.loads(path.read_text("utf-8"))
        said = content["utterances"]
        parts = tuple(Part(SourceKind.TRANSCRIPT, "t", u["id"], u["text"], u["speaker"]) for u in said)
        people = tuple(_person(each) for each in content["participants"])
        met_on = date.fromisoformat(content["meeting"]["date"])
        danish = "da-barnets-lov-87" if "87" in content["template"] else "da-aeldre"
        key = TEMPLATES.get(content["template"], danish)
        return cls(path.stem, content["language"], shipped(key), Material(parts, people, met_on), content["gold"])

    @property
    def fact_sections(self) -> tuple[TemplateSection, ...]:
        return tuple(section for section in self.template.sections if section.kind is SectionKind.FACTS)

    def homes_of(self, area: str) -> set[str]:
        keys = {section.key for section in self.fact_sections}
        return set(AREAS.get(area, (area,))) & keys or keys


def _person(said: dict[str, str]) -> Person:
    return Person(said["speaker"], ROLES.get(said["role"].lower(), "relative"), said.get("name", ""))


@cache
def shipped(key: str) -> Template:
    """The template as it is shipped, without a municipality's own changes."""
    tree = shipped_trees()[key]
    sections = tuple(
        TemplateSection(name, each.get("title", ""), SectionKind(each.get("kind", "facts")), cues=_cues(each))
        for name, each in tree["sections"].items()
    )
    return Template(key, tree["title"], tree["language"], tree["country"], tuple(tree.get("law", ())), sections)


def _cues(section: dict[str, Any]) -> tuple[str, ...]:
    cues = section.get("cues", "")
    listed = cues.split(",") if isinstance(cues, str) else cues
    return tuple(cue.strip() for cue in listed if cue.strip())

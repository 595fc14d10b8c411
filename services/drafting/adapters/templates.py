# SPDX-License-Identifier: EUPL-1.2
"""Templates and departments of a municipality: what is shipped, with the municipality's changes and additions.

A template may be `based_on` another one: what it says stands over it, `more_cues` adds, `after` places a new section.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from kernel.identity import TenantId
from kernel.municipalities import Municipalities, Municipality, MunicipalityMisconfigured
from services.drafting.adapters.configuration import (
    DepartmentShape,
    DepartmentsShape,
    ReferralShape,
    SectionShape,
    TemplateShape,
    TemplatesShape,
    parsed,
    shaped,
    shaped_document,
)
from services.drafting.domain.scope import Department, Handled, Referral
from services.drafting.domain.templates import SectionKind, Template, TemplateSection

SHIPPED = Path(__file__).parents[1] / "templates"
Tree = dict[str, Any]


class ShippedTemplates:
    """Reads a municipality's files once. Raises `MunicipalityMisconfigured` naming file and field."""

    def __init__(self, municipalities: Municipalities) -> None:
        self._municipalities = municipalities
        self._templates: dict[TenantId, dict[str, Template]] = {}
        self._departments: dict[TenantId, tuple[Department, ...]] = {}

    def of(self, tenant_id: TenantId) -> dict[str, Template]:
        """By key, in the municipality's own order."""
        if tenant_id not in self._templates:
            self._templates[tenant_id] = _templates_of(self._municipalities.of(tenant_id))
        return self._templates[tenant_id]

    def departments(self, tenant_id: TenantId) -> tuple[Department, ...]:
        if tenant_id not in self._departments:
            municipality = self._municipalities.of(tenant_id)
            self._departments[tenant_id] = _departments_of(municipality, self.of(tenant_id))
        return self._departments[tenant_id]


def _templates_of(municipality: Municipality) -> dict[str, Template]:
    path = municipality.folder / "templates.yaml"
    wanted = shaped_document(TemplatesShape, municipality, "templates")
    shipped = shipped_trees()
    _refuse_unknown(path, "shipped", wanted.shipped, shipped)
    _refuse_unknown(path, "changes", wanted.changes, wanted.shipped)
    trees = {key: overlaid(shipped[key], wanted.changes.get(key, {})) for key in wanted.shipped}
    for own in wanted.own:
        base = own.get("based_on")
        _refuse_unknown(path, "own.based_on", [base] if base else [], shipped)
        trees[str(own.get("key"))] = overlaid(shipped[base], own) if base else own
    return {key: template_of(tree, path) for key, tree in trees.items()}


@cache
def shipped_trees() -> Mapping[str, Tree]:
    """The shipped templates as trees, each with what it is based on worked in."""
    files = {path.stem: parsed(path) for path in sorted(SHIPPED.glob("*.yaml"))}

    def whole(key: str) -> Tree:
        base = files[key].get("based_on")
        return overlaid(whole(base), files[key]) if base else files[key]

    return {key: whole(key) for key in files}


def overlaid(base: Tree, over: Tree) -> Tree:
    """The base with what `over` says. A section that the base lacks comes last, or `after` the one it names."""
    sections = {key: dict(section) for key, section in base["sections"].items()}
    for key, changed in over.get("sections", {}).items():
        section = {**sections.get(key, {}), **changed}
        more, after = section.pop("more_cues", ""), section.pop("after", None)
        if more:
            section["cues"] = ", ".join(each for each in (section.get("cues", ""), more) if each)
        sections = _placed(sections, key, section, after)
    rest = {key: value for key, value in over.items() if key not in ("based_on", "sections")}
    return {**base, **rest, "sections": sections}


def _placed(sections: dict[str, Tree], key: str, section: Tree, after: str | None) -> dict[str, Tree]:
    if key in sections or after not in sections:
        return {**sections, key: section}
    keys = list(sections)
    at = keys.index(after) + 1
    return {each: section if each == key else sections[each] for each in [*keys[:at], key, *keys[at:]]}


def template_of(tree: Tree, where: Path) -> Template:
    shape = shaped(TemplateShape, tree, where)
    facts = tuple(key for key, each in shape.sections.items() if each.kind is SectionKind.FACTS)
    for key, each in shape.sections.items():
        if each.depends_on != "facts":
            _refuse_unknown(where, f"sections.{key}.depends_on", each.depends_on, shape.sections)
    sections = tuple(_section(key, each, facts) for key, each in shape.sections.items())
    return Template(shape.key, shape.title, shape.language, shape.country, shape.law, sections)


def _section(key: str, shape: SectionShape, facts: tuple[str, ...]) -> TemplateSection:
    return TemplateSection(
        key=key,
        title=shape.title,
        kind=shape.kind,
        areas=shape.areas,
        depends_on=facts if shape.depends_on == "facts" else shape.depends_on,
        cues=tuple(dict.fromkeys(cue.lower() for cue in shape.cues)),
        question=shape.question,
        generated=shape.generated,
        mandatory=shape.mandatory,
    )


def _departments_of(municipality: Municipality, templates: Mapping[str, Template]) -> tuple[Department, ...]:
    shape = shaped_document(DepartmentsShape, municipality, "departments")
    path = municipality.folder / "departments.yaml"
    for key, each in shape.departments.items():
        _refuse_unknown(path, f"departments.{key}.templates", each.templates, templates)
    return tuple(_department(key, each, shape.all_refer) for key, each in shape.departments.items())


def _department(key: str, shape: DepartmentShape, all_refer: Iterable[ReferralShape]) -> Department:
    return Department(
        key,
        shape.name,
        shape.law,
        shape.templates,
        handles=tuple(Handled(each.what, each.cues) for each in shape.handles),
        refers_elsewhere=tuple(
            Referral(each.what, each.where, each.cues) for each in (*shape.refers_elsewhere, *all_refer)
        ),
    )


def _refuse_unknown(where: Path, field: str, named: Iterable[str], known: Iterable[str]) -> None:
    if unknown := sorted(set(named) - set(known)):
        raise MunicipalityMisconfigured(f"{where}: {field}: not known: {', '.join(unknown)}")

# SPDX-License-Identifier: EUPL-1.2
"""Templates as trees: what stands over what, where a new heading goes, and what is said of a broken one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kernel.municipalities import MunicipalityMisconfigured
from services.drafting.adapters.templates import overlaid, template_of
from services.drafting.domain.templates import SectionKind

FILE = Path("templates.yaml")


def a_tree(**changed: Any) -> dict[str, Any]:
    return {
        "key": "sv-prov",
        "title": "Prov",
        "language": "sv",
        "country": "SE",
        "law": ["SoL 11 kap. 1 §"],
        "sections": {
            "d5": {"title": "Personlig vård", "kind": "facts", "cues": "dusch, Stöd  strumpa,\n tvätta sig"},
            "wishes": {"title": "Önskemål", "kind": "facts"},
            "assessment": {"title": "Bedömning", "kind": "assessment", "depends_on": "facts"},
        },
        **changed,
    }


def test_cues_are_separated_by_commas_and_lower_case() -> None:
    section = template_of(a_tree(), FILE).section("d5")

    assert section is not None
    assert section.cues == ("dusch", "stöd strumpa", "tvätta sig")


def test_to_depend_on_facts_is_to_depend_on_every_heading_of_facts() -> None:
    section = template_of(a_tree(), FILE).section("assessment")

    assert section is not None
    assert section.depends_on == ("d5", "wishes")


def test_a_new_heading_stands_after_the_one_it_names_and_counts_among_the_facts() -> None:
    views = {"title": "Barnets åsikt", "kind": "facts", "after": "d5"}

    template = template_of(overlaid(a_tree(), {"sections": {"child_views": views}}), FILE)

    assert [each.key for each in template.sections] == ["d5", "child_views", "wishes", "assessment"]
    assert template.sections[-1].depends_on == ("d5", "child_views", "wishes")


def test_what_is_said_stands_over_the_base_and_more_cues_add() -> None:
    over = {"title": "Eget prov", "sections": {"d5": {"title": "Omvårdnad", "more_cues": "rakning"}}}

    template = template_of(overlaid(a_tree(), over), FILE)

    assert template.title == "Eget prov"
    assert template.sections[0].title == "Omvårdnad"
    assert template.sections[0].cues == ("dusch", "stöd strumpa", "tvätta sig", "rakning")
    assert template.sections[0].kind is SectionKind.FACTS


def test_an_overlay_leaves_its_base_as_it_was() -> None:
    base = a_tree()

    overlaid(base, {"sections": {"d5": {"title": "Annat", "more_cues": "x"}}})

    assert base == a_tree()


@pytest.mark.parametrize(
    ("broken", "field"),
    [
        ({"title": None}, "title"),
        ({"sections": {"d5": {"title": "T", "kind": "guess"}}}, "sections.d5.kind"),
        ({"sections": {"d5": {"title": "T", "kind": "facts", "colour": "red"}}}, "sections.d5.colour"),
        ({"sections": {"d5": {"title": "T", "kind": "facts", "depends_on": ["d99"]}}}, "sections.d5.depends_on"),
    ],
)
def test_a_broken_template_is_said_with_file_and_field(broken: dict[str, Any], field: str) -> None:
    with pytest.raises(MunicipalityMisconfigured, match=rf"templates\.yaml: {field}"):
        template_of(a_tree(**broken), FILE)

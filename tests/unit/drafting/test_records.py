# SPDX-License-Identifier: EUPL-1.2
"""Which editions of a template a municipality may put in place."""

from dataclasses import replace

import pytest

from kernel.errors import Unacceptable
from services.drafting.domain.records import refuse_broken
from services.drafting.domain.templates import SectionKind, TemplateSection
from tests.unit.drafting.casework import TEMPLATE

PETS = TemplateSection("pets", "Husdjur", SectionKind.FACTS)


def refused_at(*sections: TemplateSection) -> list[str]:
    with pytest.raises(Unacceptable) as refused:
        refuse_broken(replace(TEMPLATE, sections=sections), TEMPLATE)
    return [each.pointer for each in refused.value.errors]


def test_a_municipality_may_add_and_reword_headings() -> None:
    reworded = replace(TEMPLATE.sections[0], title="Hälsotillstånd")

    refuse_broken(replace(TEMPLATE, sections=(PETS, reworded, *TEMPLATE.sections[1:])), TEMPLATE)


def test_a_heading_builds_on_headings_before_it_only() -> None:
    assert refused_at(replace(PETS, depends_on=("d6",)), *TEMPLATE.sections) == ["/sections/0/depends_on/0"]


def test_a_key_names_one_heading() -> None:
    assert refused_at(PETS, PETS, *TEMPLATE.sections) == ["/sections/1/key"]


def test_no_model_writes_what_comes_from_law_data() -> None:
    *before, appeal = TEMPLATE.sections

    assert refused_at(*before, replace(appeal, generated=False)) == ["/sections/4/generated"]

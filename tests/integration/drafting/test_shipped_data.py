# SPDX-License-Identifier: EUPL-1.2
"""The templates, law and municipalities that are shipped: complete, in force, and open to a further municipality."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from kernel.identity import Role, TenantId
from kernel.municipalities import Municipalities, MunicipalityMisconfigured
from services.drafting.adapters.law_files import LawFiles
from services.drafting.adapters.templates import ShippedTemplates
from services.drafting.domain.law import LawBook
from services.drafting.domain.templates import SectionKind, Template

SHIPPED = Path(__file__).parents[3] / "embedded" / "municipalities"
EKHAMRA, BERGVIK, VESTBY = TenantId("ekhamra"), TenantId("bergvik"), TenantId("vestby")
TENANTS = (EKHAMRA, BERGVIK, VESTBY)
DECIDED_ON = date(2026, 10, 22)
ALIKE = (
    "application process health body environment personal_factors d1 d2 d3 d4 d5 d6 d7 d8 d9 safety carer goals wishes"
)
DECIDING = "assessment proposal motivation follow_up appeal"
PROMISED_SECTIONS = {
    "sv-ibic-vuxen": f"{ALIKE} {DECIDING}",
    "sv-lss-vuxen": f"{ALIKE} {DECIDING}",
    "sv-lss-barn": f"{ALIKE} child_views {DECIDING}",
    "da-barnets-lov-87": "application process target_group health necessity purpose extent income family school "
    "child_views assessment proposal motivation appeal",
    "da-aeldre": "application process health self_care practical_tasks mobility mental_functions social_life home "
    "relatives wishes assessment proposal motivation appeal",
}
PROMISED_DEPARTMENTS = {
    EKHAMRA: {"elderly_care", "disability", "children_and_families", "financial_aid"},
    BERGVIK: {"elderly_care", "disability", "children_and_families", "financial_aid"},
    VESTBY: {"elderly_care", "child_disability"},
}


@pytest.fixture(scope="module")
def municipalities() -> Municipalities:
    return Municipalities.load(SHIPPED)


@pytest.fixture(scope="module")
def templates(municipalities: Municipalities) -> ShippedTemplates:
    return ShippedTemplates(municipalities)


@pytest.fixture(scope="module")
def sweden(municipalities: Municipalities) -> LawBook:
    return LawFiles(municipalities).law_book(EKHAMRA)


@pytest.fixture(scope="module")
def denmark(municipalities: Municipalities) -> LawBook:
    return LawFiles(municipalities).law_book(VESTBY)


def every_template(templates: ShippedTemplates) -> list[Template]:
    return [*templates.of(EKHAMRA).values(), *templates.of(BERGVIK).values(), *templates.of(VESTBY).values()]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped municipalities, with one more that is made of nothing but files."""
    copied = tmp_path / "municipalities"
    shutil.copytree(SHIPPED, copied)
    shutil.copytree(copied / "ekhamra", copied / "lugnvik")
    profile = copied / "lugnvik" / "municipality.yaml"
    profile.write_text(profile.read_text("utf-8").replace("ekhamra", "lugnvik").replace("Ekhamra", "Lugnvik"), "utf-8")
    return copied


@pytest.mark.parametrize("key", PROMISED_SECTIONS)
def test_a_template_has_the_sections_that_clients_rely_on(templates: ShippedTemplates, key: str) -> None:
    own = {**templates.of(EKHAMRA), **templates.of(VESTBY)}[key]

    assert [each.key for each in own.sections] == PROMISED_SECTIONS[key].split()


def test_what_assesses_or_decides_builds_on_something_and_facts_on_nothing(templates: ShippedTemplates) -> None:
    for template in every_template(templates):
        for section in template.sections:
            assert bool(section.depends_on) is (section.kind is not SectionKind.FACTS), (template.key, section.key)


def test_an_assessment_builds_on_every_fact(templates: ShippedTemplates) -> None:
    for template in every_template(templates):
        facts = {each.key for each in template.sections if each.kind is SectionKind.FACTS}
        for section in template.sections:
            if section.kind is SectionKind.ASSESSMENT:
                assert set(section.depends_on) == facts


def test_every_heading_of_facts_has_a_question_and_a_wide_vocabulary(templates: ShippedTemplates) -> None:
    for template in every_template(templates):
        for section in template.sections:
            assert section.question.endswith("?"), (template.key, section.key)
            if section.kind is SectionKind.FACTS:
                assert len(section.cues) >= 30, (template.key, section.key)


def test_only_the_appeal_is_generated(templates: ShippedTemplates) -> None:
    generated = {each.key for template in every_template(templates) for each in template.sections if each.generated}

    assert generated == {"appeal"}


@pytest.mark.parametrize("tenant_id", TENANTS)
def test_the_demo_departments_are_there(templates: ShippedTemplates, tenant_id: TenantId) -> None:
    assert {each.key for each in templates.departments(tenant_id)} == PROMISED_DEPARTMENTS[tenant_id]


@pytest.mark.parametrize("tenant_id", TENANTS)
def test_what_templates_and_departments_rest_on_is_in_force(
    municipalities: Municipalities, templates: ShippedTemplates, tenant_id: TenantId
) -> None:
    book = LawFiles(municipalities).law_book(tenant_id)
    named = [law for each in templates.of(tenant_id).values() for law in each.law]
    named += [law for each in templates.departments(tenant_id) for law in each.law]

    assert [(law, found.detail) for law in named if (found := book.check_reference(law, DECIDED_ON))] == []


@pytest.mark.parametrize("tenant_id", TENANTS)
def test_every_demo_user_has_roles_that_exist(municipalities: Municipalities, tenant_id: TenantId) -> None:
    users = municipalities.of(tenant_id).document("identity")["users"]

    assert set(users) == {"caseworker", "colleague", "staff", "manager", "auditor", "integrator", "operator"}
    assert users["colleague"]["roles"] == ["caseworker"]
    assert all(Role(role) for user in users.values() for role in user["roles"])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("4 kap. 1 §", "SoL (2025:400) 11 kap. 1 § / SoL (2025:400) 12 kap. 1 §"),
        ("4 kap. 2 a §", "SoL (2025:400) 11 kap. 5 §"),
        ("11 kap. 5 §", "SoL (2025:400) 14 kap. 3 §"),
        ("14 kap. 1 §", "SoL (2025:400) 19 kap. 1 §"),
        ("16 kap. 3 §", "SoL (2025:400) 35 kap. 1 §"),
    ],
)
def test_an_old_paragraph_of_the_social_services_act_leads_to_the_new(sweden: LawBook, old: str, new: str) -> None:
    found = sweden.check_reference(f"SoL (2001:453) {old}", DECIDED_ON)

    assert found is not None
    assert found.in_force_instead == new


@pytest.mark.parametrize(
    "basis", ["SoL (2025:400) 11 kap. 1 §", "SoL 11 kap. 5 §", "LSS (1993:387) 9 § 2", "LSS 9 § 6", "12 kap. 1 § SoL"]
)
def test_a_swedish_support_rests_on_these(sweden: LawBook, basis: str) -> None:
    assert sweden.check_basis(basis, DECIDED_ON) is None


@pytest.mark.parametrize(
    "basis", ["barnets lov § 87", "lov § 87", "ældreloven § 9", "ældrelovens § 10", "serviceloven § 83"]
)
def test_a_danish_support_rests_on_these(denmark: LawBook, basis: str) -> None:
    assert denmark.check_basis(basis, DECIDED_ON) is None


def test_loss_of_earnings_moved_to_the_childrens_act(denmark: LawBook) -> None:
    found = denmark.check_basis("serviceloven § 42", DECIDED_ON)

    assert found is not None
    assert found.in_force_instead == "barnets lov § 87"
    assert denmark.check_basis("serviceloven § 42", date(2023, 12, 31)) is None


def test_a_swedish_appeal_says_where_what_how_long_and_who_helps(sweden: LawBook, templates: ShippedTemplates) -> None:
    said = " ".join(sweden.appeal(templates.of(EKHAMRA)["sv-ibic-vuxen"], "sv", DECIDED_ON))

    for needed in ("Socialnämnden i Ekhamra", "vilket beslut", "tre veckor", "hjälper dig", "35 kap. 1 §", "43-44 §§"):
        assert needed in said


def test_a_danish_complaint_says_where_how_long_and_who_looks_first(
    denmark: LawBook, templates: ShippedTemplates
) -> None:
    said = " ".join(denmark.appeal(templates.of(VESTBY)["da-barnets-lov-87"], "da", DECIDED_ON))

    for needed in ("Vestby Kommune", "fire uger", "Vi ser først på sagen igen", "Ankestyrelsen", "66"):
        assert needed in said


def test_one_municipalitys_words_are_not_anothers(templates: ShippedTemplates) -> None:
    own, others = (templates.of(each)["sv-ibic-vuxen"].section("d6") for each in (BERGVIK, EKHAMRA))

    assert own is not None
    assert others is not None
    assert "fixartjänst" in own.cues
    assert "fixartjänst" not in others.cues


def test_a_further_municipality_is_a_further_folder(folder: Path) -> None:
    (folder / "lugnvik" / "law.yaml").write_text(
        "send_to: Nämnden i Lugnvik\ncourt: Förvaltningsrätten\n"
        "paragraphs:\n  sol-2025:\n"
        "    - {number: 13 kap. 9 §, about: eget, basis_for_support: true, valid_to: 2026-01-01}\n",
        "utf-8",
    )

    grown = Municipalities.load(folder)

    book = LawFiles(grown).law_book(TenantId("lugnvik"))
    assert "sv-lss-barn" in ShippedTemplates(grown).of(TenantId("lugnvik"))
    assert book.check_basis("SoL 13 kap. 9 §", date(2025, 12, 1)) is None
    assert book.check_basis("SoL 13 kap. 9 §", date(2026, 1, 2)) is not None


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("templates.yaml", "shipped: [sv-okand]", "templates.yaml: shipped: not known: sv-okand"),
        ("templates.yaml", "shipped: [sv-ibic-vuxen]\ncolour: red", "templates.yaml: colour"),
        ("templates.yaml", "own: [{based_on: sv-okand, key: x}]", "templates.yaml: own.based_on"),
        ("departments.yaml", "departments: {care: {name: Omsorg}}", "departments.yaml: departments.care.law"),
        ("departments.yaml", "", "departments.yaml: departments: Field required"),
        ("law.yaml", "court: Rätten", "law.yaml: send_to"),
        ("law.yaml", "send_to: x\ncourt: y\nparagraphs: {abc: []}", "law.yaml: paragraphs: no such act: abc"),
        ("law.yaml", "send_to: [", "law.yaml"),
    ],
)
def test_a_broken_file_is_named_with_its_field(folder: Path, file: str, content: str, said: str) -> None:
    (folder / "lugnvik" / file).write_text(content, "utf-8")
    grown, lugnvik = Municipalities.load(folder), TenantId("lugnvik")

    with pytest.raises(MunicipalityMisconfigured) as refused:
        read_all(grown, lugnvik)

    assert f"lugnvik/{said}" in str(refused.value)


def read_all(municipalities: Municipalities, tenant_id: TenantId) -> None:
    templates = ShippedTemplates(municipalities)
    templates.of(tenant_id)
    templates.departments(tenant_id)
    LawFiles(municipalities).law_book(tenant_id)

# SPDX-License-Identifier: EUPL-1.2
"""The shapes of the YAML that drafting reads: templates, departments, law.

What is wrong is said with file and field.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from kernel.municipalities import Municipality, MunicipalityMisconfigured
from services.drafting.domain.templates import SectionKind

Shaped = TypeVar("Shaped", bound=BaseModel)


def _split(listed: object) -> object:
    """A list may be written as one text with commas, which keeps long vocabularies readable."""
    if not isinstance(listed, str):
        return listed
    return [word for each in listed.split(",") if (word := " ".join(each.split()))]


Words = Annotated[tuple[str, ...], BeforeValidator(_split)]
Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,59}$")]


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SectionShape(Shape):
    title: str
    kind: SectionKind
    areas: Words = ()
    depends_on: Literal["facts"] | tuple[str, ...] = ()
    cues: Words = ()
    question: str = ""
    generated: bool = False
    mandatory: bool = True


class TemplateShape(Shape):
    key: Key
    title: str
    language: str
    country: str
    law: tuple[str, ...]
    sections: dict[Key, SectionShape]


class TemplatesShape(Shape):
    """A municipality's `templates.yaml`: which shipped ones it uses, what it changes in them, and its own."""

    shipped: tuple[str, ...] = ()
    changes: dict[str, dict[str, Any]] = {}
    own: tuple[dict[str, Any], ...] = ()


class HandledShape(Shape):
    what: str
    cues: Words


class ReferralShape(Shape):
    what: str
    where: str
    cues: Words


class DepartmentShape(Shape):
    name: str
    law: tuple[str, ...]
    templates: tuple[str, ...]
    handles: tuple[HandledShape, ...]
    refers_elsewhere: tuple[ReferralShape, ...] = ()


class DepartmentsShape(Shape):
    """`all_refer` is what every department sends elsewhere unless it handles it itself."""

    departments: dict[Key, DepartmentShape]
    all_refer: tuple[ReferralShape, ...] = ()


class Dated(Shape):
    valid_from: date | None = None
    valid_to: date | None = None


class ParagraphShape(Dated):
    """`number` as people write it, a list or a range too. `moved_to` is where the same matter stands afterwards."""

    number: str
    about: str
    basis_for_support: bool = False
    moved_to: tuple[str, ...] = ()
    cues: Words = ()


class ActShape(Dated):
    name: str
    abbreviation: str = ""
    also: tuple[str, ...] = ()
    number: str = ""
    source: str
    last: int | None = None
    paragraphs: tuple[ParagraphShape, ...] = ()


class PhraseShape(Shape):
    phrase: str
    act: str
    chapters: tuple[str, ...]
    say: str


class AppealShape(Dated):
    """`sentences` by language. `{send_to}` and `{court}` come from the municipality, `{source}` from here."""

    acts: tuple[str, ...]
    source: str
    sentences: dict[str, tuple[str, ...]]


class LawShape(Shape):
    acts: dict[Key, ActShape]
    phrases: tuple[PhraseShape, ...] = ()
    appeals: tuple[AppealShape, ...] = ()


class LocalLawShape(Shape):
    """A municipality's `law.yaml`: where appeals go, and what it adds to the law data of its country.

    Paragraphs of an act that the country's data has are added to that act; another act is named with all its fields.
    """

    send_to: str
    court: str
    paragraphs: dict[str, tuple[ParagraphShape, ...]] = {}
    acts: dict[Key, ActShape] = {}


def shaped(shape: type[Shaped], content: object, where: Path) -> Shaped:
    """Raise `MunicipalityMisconfigured` naming file and field when the content has another shape."""
    try:
        return shape.model_validate(content)
    except ValidationError as wrong:
        first = wrong.errors()[0]
        field = ".".join(map(str, first["loc"])) or "the file"
        raise MunicipalityMisconfigured(f"{where}: {field}: {first['msg']}") from None


def shaped_document(shape: type[Shaped], municipality: Municipality, name: str) -> Shaped:
    return shaped(shape, municipality.document(name), municipality.folder / f"{name}.yaml")


def parsed(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text("utf-8"))
    except yaml.YAMLError as wrong:
        raise MunicipalityMisconfigured(f"{path}: {wrong}") from None
    if not isinstance(content, Mapping):
        raise MunicipalityMisconfigured(f"{path}: the file: a mapping is expected")
    return dict(content)

# SPDX-License-Identifier: EUPL-1.2
"""The law of a municipality: the data of its country, read from YAML, with what the municipality adds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from kernel.identity import TenantId
from kernel.municipalities import Municipalities, Municipality, MunicipalityMisconfigured
from kernel.texts import Texts
from services.drafting.adapters.configuration import (
    ActShape,
    AppealShape,
    Dated,
    LawShape,
    LocalLawShape,
    ParagraphShape,
    parsed,
    shaped,
    shaped_document,
)
from services.drafting.domain.law import Act, Appeal, LawBook, Paragraph, Phrase, Validity
from services.drafting.domain.references import ParagraphNumber, Sign, numbers

LAW = Path(__file__).parents[1] / "law"
TEXTS = Path(__file__).parents[1] / "texts_documents"


class LawFiles:
    """Reads a municipality's law once. Raises `MunicipalityMisconfigured` naming file and field."""

    def __init__(self, municipalities: Municipalities) -> None:
        self._municipalities = municipalities
        self._texts = Texts.load(TEXTS)
        self._books: dict[TenantId, LawBook] = {}

    def law_book(self, tenant_id: TenantId) -> LawBook:
        if tenant_id not in self._books:
            self._books[tenant_id] = _law_book(self._municipalities.of(tenant_id), self._texts)
        return self._books[tenant_id]


def _law_book(municipality: Municipality, texts: Texts) -> LawBook:
    path = LAW / f"{municipality.country.lower()}.yaml"
    if not path.exists():
        where = municipality.folder / "municipality.yaml"
        raise MunicipalityMisconfigured(f"{where}: country: there is no law data {path.name}")
    sign = Sign.AFTER if municipality.country == "SE" else Sign.BEFORE
    national, local = shaped(LawShape, parsed(path), path), shaped_document(LocalLawShape, municipality, "law")
    local_path = municipality.folder / "law.yaml"
    if unknown := sorted(local.paragraphs.keys() - national.acts.keys()):
        raise MunicipalityMisconfigured(f"{local_path}: paragraphs: no such act: {', '.join(unknown)}")
    acts = [
        _act(key, shape, local.paragraphs.get(key, ()), sign, path if key in national.acts else local_path)
        for key, shape in (national.acts | local.acts).items()
    ]
    return LawBook(
        sign,
        tuple(acts),
        tuple(Phrase(each.phrase, each.act, frozenset(each.chapters), each.say) for each in national.phrases),
        tuple(_appeal(each, path) for each in national.appeals),
        {"send_to": local.send_to, "court": local.court},
        texts,
    )


def _act(key: str, shape: ActShape, added: tuple[ParagraphShape, ...], sign: Sign, where: Path) -> Act:
    paragraphs: dict[ParagraphNumber, Paragraph] = {}
    for each in (*shape.paragraphs, *added):
        named = numbers(each.number, sign)
        if not named:
            raise MunicipalityMisconfigured(f"{where}: acts.{key}.paragraphs: not a paragraph: {each.number}")
        paragraphs |= dict.fromkeys(named, _paragraph(each))
    return Act(
        key,
        shape.name,
        shape.abbreviation,
        shape.also,
        shape.number,
        shape.source,
        _validity(shape),
        paragraphs,
        shape.last,
    )


def _paragraph(shape: ParagraphShape) -> Paragraph:
    return Paragraph(shape.about, shape.basis_for_support, _validity(shape), shape.moved_to, shape.cues)


def _appeal(shape: AppealShape, where: Path) -> Appeal:
    if "en" not in shape.sentences:
        raise MunicipalityMisconfigured(f"{where}: appeals.sentences: en is missing")
    sentences: Mapping[str, tuple[str, ...]] = shape.sentences
    return Appeal(frozenset(shape.acts), _validity(shape), shape.source, sentences)


def _validity(shape: Dated) -> Validity:
    return Validity(shape.valid_from, shape.valid_to)

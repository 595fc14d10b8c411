# SPDX-License-Identifier: EUPL-1.2
"""Cases and their sections in the database. Whoever writes locks the case's row first, so events keep order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Text, and_, bindparam, func, insert, select, update
from sqlalchemy.dialects.postgresql import ARRAY

from kernel.errors import NotFound
from kernel.store import Work
from services.drafting.domain.case import Case
from services.drafting.domain.casetext import CaseText
from services.drafting.domain.facts import Fact
from services.drafting.domain.section import Section
from services.drafting.domain.sentences import Sentence
from services.drafting.events import to_event
from services.drafting.store.shapes import from_json, to_json
from services.drafting.store.tables import case_keys, cases, section_revisions, sections
from services.drafting.store.templates import SqlTemplates

# Headings that differ in their keys alone, as a new case's do, are written by one statement.
_OPEN_SECTIONS = insert(sections).from_select(
    [each.name for each in sections.columns],
    select(
        *(
            func.unnest(bindparam(each.name, type_=ARRAY(Text)))
            if each is sections.c.key
            else bindparam(each.name, type_=each.type)
            for each in sections.columns
        )
    ),
)


@dataclass(frozen=True)
class SqlCases:
    work: Work

    def open(self, text: CaseText, key: bytes, happened: Sequence[Fact]) -> None:
        case = text.case
        SqlTemplates(self.work, {}).keep(text.template)
        kept = {"tenant_id": self.work.tenant_id, "case_id": case.id}
        own = {"tenant_id": self.work.tenant_id, "id": case.id}
        self.work.connection.execute(insert(cases), own | _columns(case))
        self.work.connection.execute(insert(case_keys), kept | {"key": key})
        for shared, alike in groupby(text.sections.values(), key=_without_key):
            keys = [each.key for each in alike]
            self.work.connection.execute(_OPEN_SECTIONS, kept | _section_columns(Section(**shared)) | {"key": keys})
        self._announce(case.id, key, happened)

    def get(self, case_id: str) -> CaseText:
        return self._text(select(cases).where(self._is_case(case_id)), case_id)

    def locked(self, case_id: str) -> CaseText:
        return self._text(select(cases).where(self._is_case(case_id)).with_for_update(), case_id)

    def save(self, before: CaseText, after: CaseText, happened: Sequence[Fact]) -> None:
        if after.case != before.case:
            self.work.connection.execute(
                update(cases).where(self._is_case(after.case.id)).values(**_columns(after.case))
            )
        for section in after.changed_since(before):
            self._save_section(section, before.section(section.key))
        self.announce(after.case.id, happened)

    def announce(self, case_id: str, happened: Sequence[Fact]) -> None:
        if happened:
            self._announce(case_id, self.key(case_id), happened)

    def key(self, case_id: str) -> bytes:
        chosen = select(case_keys.c.key).where(
            case_keys.c.tenant_id == self.work.tenant_id, case_keys.c.case_id == case_id
        )
        return bytes(self.work.connection.execute(chosen).scalar_one())

    def listed(self, after: str | None, limit: int, state: str | None) -> tuple[Case, ...]:
        chosen = select(cases).where(cases.c.tenant_id == self.work.tenant_id).order_by(cases.c.id.desc()).limit(limit)
        if after is not None:
            chosen = chosen.where(cases.c.id < after)
        if state is not None:
            chosen = chosen.where(cases.c.state == state)
        return tuple(_case(row) for row in self.work.connection.execute(chosen))

    def earlier_sentences(self, case_id: str, section_key: str) -> Mapping[str, Sentence]:
        found: dict[str, Sentence] = {}
        for row in self._revisions(case_id, section_key):
            found |= {each.id: each for each in _sentences(row.sentences)}
        return found

    def sentences_at(self, case_id: str, section_key: str, revision: int) -> tuple[Sentence, ...] | None:
        row = next((each for each in self._revisions(case_id, section_key) if each.revision == revision), None)
        return None if row is None else _sentences(row.sentences)

    def _text(self, chosen: Select[Any], case_id: str) -> CaseText:
        row = self.work.connection.execute(chosen).one_or_none()
        if row is None:
            raise NotFound("no such case")
        case = _case(row)
        template = SqlTemplates(self.work, {}).edition(case.template_digest)
        own = select(sections).where(sections.c.tenant_id == self.work.tenant_id, sections.c.case_id == case_id)
        kept = {each.key: from_json(Section, each._asdict()) for each in self.work.connection.execute(own)}
        return CaseText(case, template, {each.key: kept[each.key] for each in template.sections})

    def _announce(self, case_id: str, key: bytes, happened: Sequence[Fact]) -> None:
        self.work.announce(*(to_event(each, key) for each in happened), key=case_id)

    def _save_section(self, section: Section, before: Section) -> None:
        own = and_(
            sections.c.tenant_id == self.work.tenant_id,
            sections.c.case_id == section.case_id,
            sections.c.key == section.key,
        )
        self.work.connection.execute(update(sections).where(own).values(**_section_columns(section)))
        if section.sentences != before.sentences or section.state != before.state:
            columns = _section_columns(section)
            kept = {name: columns[name] for name in ("revision", "state", "sentences", "manifest")}
            self.work.connection.execute(
                insert(section_revisions).values(
                    tenant_id=self.work.tenant_id, case_id=section.case_id, key=section.key, **kept
                )
            )

    def _revisions(self, case_id: str, section_key: str) -> Iterable[Row[Any]]:
        return self.work.connection.execute(
            select(section_revisions)
            .where(
                section_revisions.c.tenant_id == self.work.tenant_id,
                section_revisions.c.case_id == case_id,
                section_revisions.c.key == section_key,
            )
            .order_by(section_revisions.c.revision)
        )

    def _is_case(self, case_id: str) -> ColumnElement[bool]:
        return and_(cases.c.tenant_id == self.work.tenant_id, cases.c.id == case_id)


def _case(row: Row[Any]) -> Case:
    """JSONB forgets the order of keys; the supports' own list remembers it, and a writer is given it."""
    case = from_json(Case, row._asdict())
    requested = {each.key: each.label for each in case.supports}
    return replace(case, application=replace(case.application, requested=requested))


def _columns(case: Case) -> dict[str, Any]:
    columns: dict[str, Any] = to_json(case)
    return {name: value for name, value in columns.items() if name != "id"} | {
        "opened_at": case.opened_at,
        "communicated_at": case.communicated_at,
    }


def _without_key(section: Section) -> dict[str, Any]:
    return vars(section) | {"key": ""}


def _section_columns(section: Section) -> dict[str, Any]:
    columns: dict[str, Any] = to_json(section)
    kept = {name: value for name, value in columns.items() if name not in ("case_id", "key")}
    return kept | {"approved_at": section.approved_at}


def _sentences(kept: list[Any]) -> tuple[Sentence, ...]:
    return tuple(from_json(Sentence, each) for each in kept)

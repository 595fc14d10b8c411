# SPDX-License-Identifier: EUPL-1.2
"""Editions of templates. One that a case was opened with is kept for as long as the case, whatever comes after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.dialects.postgresql import insert

from kernel.errors import NotFound, PreconditionFailed
from kernel.store import Work
from services.drafting.domain.digests import template_digest
from services.drafting.domain.records import Edition
from services.drafting.domain.templates import Template
from services.drafting.store.shapes import from_json, to_json
from services.drafting.store.tables import template_editions, template_overrides

MOST_READ = 1000
_read: dict[str, Template] = {}


@dataclass(frozen=True)
class SqlTemplates:
    """`shipped` are the tenant's templates from files, by key."""

    work: Work
    shipped: Mapping[str, Template]

    def all(self) -> tuple[Edition, ...]:
        newest = {row.key: row for row in self._newest()}
        return tuple(self._edition_of(template, newest.get(key)) for key, template in self.shipped.items())

    def current(self, key: str) -> Edition:
        if key not in self.shipped:
            raise NotFound("no such template")
        own = (template_overrides.c.tenant_id == self.work.tenant_id) & (template_overrides.c.key == key)
        newest = select(template_overrides).where(own).order_by(template_overrides.c.version.desc()).limit(1)
        return self._edition_of(self.shipped[key], self.work.connection.execute(newest).one_or_none())

    def replace(self, edition: Edition, by: str, at: datetime) -> None:
        self.keep(edition.template)
        put = self.work.connection.execute(
            insert(template_overrides)
            .values(
                tenant_id=self.work.tenant_id,
                key=edition.template.key,
                version=edition.version,
                digest=edition.digest,
                changed_by=by,
                changed_at=at,
            )
            .on_conflict_do_nothing()
            .returning(template_overrides.c.version)
        )
        if put.first() is None:
            raise PreconditionFailed("the template has been changed by somebody else meanwhile")

    def keep(self, template: Template) -> None:
        """Keep the edition under its digest, so that a case can hold on to it."""
        if self._is_kept(template_digest(template)):
            return
        self.work.connection.execute(
            insert(template_editions)
            .values(tenant_id=self.work.tenant_id, digest=template_digest(template), body=to_json(template))
            .on_conflict_do_nothing()
        )

    def edition(self, digest: str) -> Template:
        """An edition never changes and its digest is its name, so each is read once for the process. Whoever asks has
        the digest from a row of its own tenant.
        """
        found = _read.get(digest)
        if found is None:
            if len(_read) >= MOST_READ:
                _read.clear()
            found = _read[digest] = self._read(digest)
        return found

    def _read(self, digest: str) -> Template:
        chosen = select(template_editions.c.body).where(
            template_editions.c.tenant_id == self.work.tenant_id, template_editions.c.digest == digest
        )
        return from_json(Template, self.work.connection.execute(chosen).scalar_one())

    def _is_kept(self, digest: str) -> bool:
        own = select(template_editions.c.digest).where(
            template_editions.c.tenant_id == self.work.tenant_id, template_editions.c.digest == digest
        )
        return self.work.connection.execute(own).first() is not None

    def _edition_of(self, shipped: Template, row: Row[Any] | None) -> Edition:
        if row is None:
            return Edition(shipped, 0, template_digest(shipped))
        return Edition(self.edition(row.digest), row.version, row.digest)

    def _newest(self) -> list[Row[Any]]:
        own = template_overrides.c.tenant_id == self.work.tenant_id
        last = select(template_overrides.c.key, func.max(template_overrides.c.version).label("version"))
        newest = last.where(own).group_by(template_overrides.c.key).subquery()
        chosen = select(template_overrides).join(
            newest,
            (template_overrides.c.key == newest.c.key) & (template_overrides.c.version == newest.c.version),
        )
        return list(self.work.connection.execute(chosen.where(own)))

# SPDX-License-Identifier: EUPL-1.2
"""Guidelines in the database. Every query names the tenant; row-level security checks it again."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from sqlalchemy import (
    Column,
    ColumnElement,
    Date,
    DateTime,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    MetaData,
    Row,
    Select,
    Table,
    Text,
    UniqueConstraint,
    and_,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as insert_or

from kernel.errors import NotFound
from kernel.store import Work
from services.retrieval.domain.guidelines import (
    Guideline,
    GuidelinePublished,
    GuidelineSuperseded,
    Level,
    Passage,
    Placed,
    QuestionAnswered,
    State,
    Validity,
    Version,
)
from services.retrieval.events import to_event

tables = MetaData()

guidelines = Table(
    "guidelines",
    tables,
    Column("tenant_id", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("level", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("newest", Integer, nullable=False),
)

versions = Table(
    "versions",
    tables,
    Column("tenant_id", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("guideline_id", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("reference", Text),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    Column("state", Text, nullable=False),
    Column("passages", Integer, nullable=False),
    Column("digest", Text, nullable=False),
    Column("published_at", DateTime(timezone=True), nullable=False),
    Column("published_by", Text, nullable=False),
    UniqueConstraint("tenant_id", "guideline_id", "number"),
    ForeignKeyConstraint(["tenant_id", "guideline_id"], ["guidelines.tenant_id", "guidelines.id"]),
)

passages = Table(
    "passages",
    tables,
    Column("tenant_id", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("version_id", Text, nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("key", Text),
    Column("heading", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("anchor", Text, nullable=False),
    UniqueConstraint("tenant_id", "version_id", "ordinal"),
    ForeignKeyConstraint(["tenant_id", "version_id"], ["versions.tenant_id", "versions.id"]),
)

digest_keys = Table(
    "digest_keys",
    tables,
    Column("tenant_id", Text, primary_key=True),
    Column("key", LargeBinary, nullable=False),
)


@dataclass(frozen=True)
class SqlGuidelines:
    work: Work

    def publish(self, version: Version, parts: Sequence[Passage], fact: GuidelinePublished) -> None:
        self._keep_guideline(version)
        self.work.connection.execute(insert(versions).values(_version_row(self.work.tenant_id, version)))
        self.work.connection.execute(
            insert(passages), [_passage_row(self.work.tenant_id, version.id, each) for each in parts]
        )
        self.work.enqueue("index", version.id)
        self.work.announce(to_event(fact), key=version.guideline.id)

    def _keep_guideline(self, version: Version) -> None:
        row = {
            "tenant_id": self.work.tenant_id,
            "id": version.guideline.id,
            "level": version.guideline.level.value,
            "language": version.guideline.language,
            "newest": version.number,
        }
        self.work.connection.execute(
            insert_or(guidelines)
            .values(row)
            .on_conflict_do_update(index_elements=["tenant_id", "id"], set_={"newest": version.number})
        )

    def supersede(self, version: Version, fact: GuidelineSuperseded) -> None:
        self.work.connection.execute(
            update(versions)
            .where(versions.c.tenant_id == self.work.tenant_id, versions.c.id == version.id)
            .values(valid_to=version.validity.until)
        )
        self.work.announce(to_event(fact), key=version.guideline.id)

    def newest(self, guideline_id: str, *, to_change: bool = False) -> Version:
        if to_change:
            self.work.connection.execute(
                select(guidelines.c.id)
                .where(guidelines.c.tenant_id == self.work.tenant_id, guidelines.c.id == guideline_id)
                .with_for_update()
            )
        newest = versions.c.number == guidelines.c.newest
        return self._one(guideline_id, newest, f"no guideline {guideline_id}")

    def numbered(self, guideline_id: str, number: int) -> Version:
        return self._one(guideline_id, versions.c.number == number, f"no version {number} of guideline {guideline_id}")

    def _one(self, guideline_id: str, which: ColumnElement[bool], missing: str) -> Version:
        row = self.work.connection.execute(
            self._versions().where(versions.c.tenant_id == self.work.tenant_id, guidelines.c.id == guideline_id, which)
        ).one_or_none()
        if row is None:
            raise NotFound(missing)
        return _version(row)

    def versions(self, guideline_id: str) -> list[Version]:
        found = self.work.connection.execute(
            self._versions()
            .where(versions.c.tenant_id == self.work.tenant_id, guidelines.c.id == guideline_id)
            .order_by(versions.c.number.desc())
        ).all()
        if not found:
            raise NotFound(f"no guideline {guideline_id}")
        return [_version(row) for row in found]

    def listed(self, after: str | None, limit: int) -> list[Version]:
        found = self.work.connection.execute(
            self._versions()
            .where(
                versions.c.tenant_id == self.work.tenant_id,
                versions.c.number == guidelines.c.newest,
                guidelines.c.id > (after or ""),
            )
            .order_by(guidelines.c.id)
            .limit(limit)
        )
        return [_version(row) for row in found]

    def passages(self, version_id: str, after: int = -1, limit: int | None = None) -> list[Passage]:
        found = self.work.connection.execute(
            select(passages)
            .where(
                passages.c.tenant_id == self.work.tenant_id,
                passages.c.version_id == version_id,
                passages.c.ordinal > after,
            )
            .order_by(passages.c.ordinal)
            .limit(limit)
        )
        return [_passage(row) for row in found]

    def placed(self, passage_ids: Collection[str]) -> dict[str, Placed]:
        texts = self.work.connection.execute(
            select(passages).where(
                passages.c.tenant_id == self.work.tenant_id, passages.c.id.in_(list(dict.fromkeys(passage_ids)))
            )
        ).all()
        found = self.work.connection.execute(
            self._versions().where(
                versions.c.tenant_id == self.work.tenant_id, versions.c.id.in_({row.version_id for row in texts})
            )
        )
        by_id = {row.id: _version(row) for row in found}
        return {row.id: Placed(_passage(row), by_id[row.version_id]) for row in texts}

    def in_force(self, day: date, levels: Collection[Level]) -> list[str]:
        found = self.work.connection.execute(
            select(versions.c.id)
            .join(guidelines, _belongs())
            .where(
                versions.c.tenant_id == self.work.tenant_id,
                versions.c.state == State.READY.value,
                versions.c.valid_from <= day,
                or_(versions.c.valid_to.is_(None), versions.c.valid_to >= day),
                guidelines.c.level.in_([level.value for level in levels]),
            )
            .order_by(versions.c.id)
        )
        return list(found.scalars())

    def states(self) -> dict[str, State]:
        found = self.work.connection.execute(
            select(versions.c.id, versions.c.state).where(versions.c.tenant_id == self.work.tenant_id)
        )
        return {row.id: State(row.state) for row in found}

    def indexed(self, version_id: str) -> None:
        self._set_state(version_id, State.READY)

    def not_indexed(self, version_id: str) -> None:
        self._set_state(version_id, State.FAILED)

    def _set_state(self, version_id: str, state: State) -> None:
        self.work.connection.execute(
            update(versions)
            .where(versions.c.tenant_id == self.work.tenant_id, versions.c.id == version_id)
            .values(state=state.value)
        )

    def asked(self, fact: QuestionAnswered) -> None:
        self.work.announce(to_event(fact), key=fact.question_id)

    def question_digest(self, question: str) -> str:
        tenant = self.work.tenant_id
        first = {"tenant_id": tenant, "key": secrets.token_bytes(32)}
        self.work.connection.execute(insert_or(digest_keys).values(first).on_conflict_do_nothing())
        key = self.work.connection.execute(
            select(digest_keys.c.key).where(digest_keys.c.tenant_id == tenant)
        ).scalar_one()
        return hmac.new(bytes(key), question.encode(), sha256).hexdigest()

    @staticmethod
    def _versions() -> Select[tuple[object, ...]]:
        """Versions joined with what they are editions of. The caller names the tenant."""
        return select(versions, guidelines.c.level, guidelines.c.language).join(guidelines, _belongs())


def _belongs() -> ColumnElement[bool]:
    return and_(guidelines.c.tenant_id == versions.c.tenant_id, guidelines.c.id == versions.c.guideline_id)


def _version(row: Row[tuple[object, ...]]) -> Version:
    return Version(
        id=row.id,
        guideline=Guideline(row.guideline_id, Level(row.level), row.language),
        number=row.number,
        title=row.title,
        reference=row.reference,
        validity=Validity(row.valid_from, row.valid_to),
        state=State(row.state),
        passages=row.passages,
        digest=row.digest,
        published_at=row.published_at,
        published_by=row.published_by,
    )


def _version_row(tenant_id: str, version: Version) -> dict[str, object]:
    return {
        "tenant_id": tenant_id,
        "id": version.id,
        "guideline_id": version.guideline.id,
        "number": version.number,
        "title": version.title,
        "reference": version.reference,
        "valid_from": version.validity.since,
        "valid_to": version.validity.until,
        "state": version.state.value,
        "passages": version.passages,
        "digest": version.digest,
        "published_at": version.published_at,
        "published_by": version.published_by,
    }


def _passage(row: Row[tuple[object, ...]]) -> Passage:
    return Passage(row.id, row.ordinal, row.heading, row.text, row.anchor, row.key)


def _passage_row(tenant_id: str, version_id: str, passage: Passage) -> dict[str, object]:
    return {
        "tenant_id": tenant_id,
        "id": passage.id,
        "version_id": version_id,
        "ordinal": passage.ordinal,
        "key": passage.key,
        "heading": passage.heading,
        "text": passage.text,
        "anchor": passage.anchor,
    }

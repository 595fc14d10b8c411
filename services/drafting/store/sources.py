# SPDX-License-Identifier: EUPL-1.2
"""Sources of a case and their parts, as they were when they were added."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from kernel.store import Work
from services.drafting.domain.material import Material, Part, Person, SourceKind
from services.drafting.domain.sources import Source, TranscriptNotApproved
from services.drafting.store.shapes import from_json, to_json
from services.drafting.store.tables import approved_transcripts, parts, passages, sources


@dataclass(frozen=True)
class SqlSources:
    work: Work

    def add(self, source: Source) -> None:
        own = {"tenant_id": self.work.tenant_id, "case_id": source.case_id}
        self.work.connection.execute(
            insert(sources).values(
                **own,
                id=source.id,
                kind=source.kind,
                external_id=source.external_id,
                digest=source.digest,
                people=to_json(source.material.people),
                met_on=source.material.met_on,
                added_by=source.added_by,
                added_at=source.added_at,
            )
        )
        rows = [
            own | {"source_id": source.id, "part_id": each.part_id, "position": at, "text": each.text}
            | {"speaker": each.speaker}
            for at, each in enumerate(source.material.parts)
        ]  # fmt: skip
        if rows:
            self.work.connection.execute(insert(parts), rows)

    def of(self, case_id: str) -> tuple[Source, ...]:
        said = self._parts(case_id)
        chosen = (
            select(sources)
            .where(sources.c.tenant_id == self.work.tenant_id, sources.c.case_id == case_id)
            .order_by(sources.c.added_at, sources.c.id)
        )
        return tuple(
            Source(
                row.id,
                case_id,
                SourceKind(row.kind),
                row.external_id,
                row.digest,
                row.added_by,
                row.added_at,
                Material(
                    tuple(Part(SourceKind(row.kind), row.id, *each) for each in said[row.id]),
                    tuple(from_json(Person, each) for each in row.people),
                    row.met_on,
                ),
            )
            for row in self.work.connection.execute(chosen)
        )

    def keep_passages(self, case_id: str, found: Material) -> None:
        rows = [
            {"tenant_id": self.work.tenant_id, "case_id": case_id, "source_id": each.source_id, "text": each.text}
            | {"part_id": each.part_id, "heading": each.heading}
            for each in found.of(SourceKind.GUIDELINE)
        ]
        if rows:
            self.work.connection.execute(insert(passages).on_conflict_do_nothing(), rows)

    def passages(self, case_id: str) -> tuple[Part, ...]:
        chosen = (
            select(passages)
            .where(passages.c.tenant_id == self.work.tenant_id, passages.c.case_id == case_id)
            .order_by(passages.c.source_id, passages.c.part_id)
        )
        return tuple(
            Part(SourceKind.GUIDELINE, row.source_id, row.part_id, row.text, heading=row.heading)
            for row in self.work.connection.execute(chosen)
        )

    def note_approval(self, transcript_id: str, digest: str, approved_at: datetime) -> None:
        self.work.connection.execute(
            insert(approved_transcripts)
            .values(tenant_id=self.work.tenant_id, transcript_id=transcript_id, digest=digest, approved_at=approved_at)
            .on_conflict_do_nothing()
        )

    def approved_digest(self, transcript_id: str) -> str:
        chosen = select(approved_transcripts.c.digest).where(
            approved_transcripts.c.tenant_id == self.work.tenant_id,
            approved_transcripts.c.transcript_id == transcript_id,
        )
        digest = self.work.connection.execute(chosen).scalar_one_or_none()
        if digest is None:
            raise TranscriptNotApproved("no approved transcript with this id is known here")
        return str(digest)

    def _parts(self, case_id: str) -> dict[str, list[tuple[str, str, str]]]:
        chosen = (
            select(parts)
            .where(parts.c.tenant_id == self.work.tenant_id, parts.c.case_id == case_id)
            .order_by(parts.c.source_id, parts.c.position)
        )
        found: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
        for row in self.work.connection.execute(chosen):
            found[row.source_id].append((row.part_id, row.text, row.speaker))
        return found

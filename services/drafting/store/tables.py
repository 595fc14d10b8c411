# SPDX-License-Identifier: EUPL-1.2
"""Drafting's tables. Every row belongs to a tenant; everything about a case hangs on its id, to be erased with it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, Column, Date, DateTime, Index, Integer, LargeBinary, MetaData, Table, Text, func
from sqlalchemy.dialects.postgresql import JSONB

tables = MetaData()


def _moment(name: str, *, nullable: bool = False) -> Column[datetime]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


cases = Table(
    "cases",
    tables,
    Column("tenant_id", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("template", Text, nullable=False),
    Column("template_digest", Text, nullable=False),
    Column("external_reference", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("application", JSONB, nullable=False),
    Column("supports", JSONB, nullable=False),
    Column("scope", JSONB, nullable=False),
    Column("handed_over", JSONB(none_as_null=True)),
    Column("state", Text, nullable=False),
    Column("opened_by", Text, nullable=False),
    _moment("opened_at"),
    _moment("communicated_at", nullable=True),
    Index("cases_by_state", "tenant_id", "state", "id"),
)

case_keys = Table(
    "case_keys",
    tables,
    Column("tenant_id", Text, primary_key=True),
    Column("case_id", Text, primary_key=True),
    Column("key", LargeBinary, nullable=False),
)

sections = Table(
    "sections",
    tables,
    Column("tenant_id", Text, primary_key=True),
    Column("case_id", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("sentences", JSONB, nullable=False),
    Column("omissions", JSONB, nullable=False),
    Column("stale_because", JSONB, nullable=False),
    Column("manifest", JSONB(none_as_null=True)),
    Column("problem", Text, nullable=False),
    Column("ticket", Text, nullable=False),
    Column("set_aside", Boolean, nullable=False),
    Column("approved_by", Text, nullable=False),
    _moment("approved_at", nullable=True),
)

section_revisions = Table(
    "section_revisions",
    tables,
    Column("tenant_id", Text, primary_key=True),
    Column("case_id", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("state", Text, nullable=False),
    Column("sentences", JSONB, nullable=False),
    Column("manifest", JSONB(none_as_null=True)),
    Column("saved_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

sources = Table(
    "sources",
    tables,
    Column("tenant_id", Text, primary_key=True),
    Column("case_id", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("external_id", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("people", JSONB, nullable=False),
    Column("met_on", Date),
    Column("added_by", Text, nullable=False),
    _moment("added_at"),
)

parts = Table(
    "parts",
    tables,
    Column("tenant_id", Text, primary_key=True),
    Column("case_id", Text, primary_key=True),
    Column("source_id", Text, primary_key=True),
    Column("part_id", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("speaker", Text, nullable=False),
)

passages = Table(
    "passages",
    tables,
    Column("tenant_id", Text, primary_key=True),
    Column("case_id", Text, primary_key=True),
    Column("source_id", Text, primary_key=True),
    Column("part_id", Text, primary_key=True),
    Column("text", Text, nullable=False),
    Column("heading", Text, nullable=False),
)

approved_transcripts = Table(
    "approved_transcripts",
    tables,
    Column("tenant_id", Text, primary_key=True),
    Column("transcript_id", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    _moment("approved_at"),
)

template_editions = Table(
    "template_editions",
    tables,
    Column("tenant_id", Text, primary_key=True),
    Column("digest", Text, primary_key=True),
    Column("body", JSONB, nullable=False),
)

template_overrides = Table(
    "template_overrides",
    tables,
    Column("tenant_id", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("changed_by", Text, nullable=False),
    _moment("changed_at"),
)

communications = Table(
    "communications",
    tables,
    Column("tenant_id", Text, primary_key=True),
    Column("case_id", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("body", JSONB, nullable=False),
)

decisions = Table(
    "decisions",
    tables,
    Column("tenant_id", Text, primary_key=True),
    Column("case_id", Text, primary_key=True),
    Column("body", JSONB, nullable=False),
)

reviews = Table(
    "reviews",
    tables,
    Column("tenant_id", Text, primary_key=True),
    Column("case_id", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("body", JSONB, nullable=False),
)

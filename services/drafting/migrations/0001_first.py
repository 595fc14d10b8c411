# SPDX-License-Identifier: EUPL-1.2
"""Cases, their texts with every revision, sources, templates and records, beside the tables that every service has."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from kernel.migration import kernel_schema, secure

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    kernel_schema(op)
    _cases()
    _texts()
    _sources()
    _templates()
    _records()
    secure(op, "cases", "case_keys", "sections", "section_revisions", "sources", "parts", "passages")
    secure(op, "approved_transcripts", "template_editions", "template_overrides")
    secure(op, "communications", "decisions", "reviews")


def _cases() -> None:
    op.create_table(
        "cases",
        sa.Column("tenant_id", sa.Text, primary_key=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("template", sa.Text, nullable=False),
        sa.Column("template_digest", sa.Text, nullable=False),
        sa.Column("external_reference", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("department", sa.Text, nullable=False),
        sa.Column("application", JSONB, nullable=False),
        sa.Column("supports", JSONB, nullable=False),
        sa.Column("scope", JSONB, nullable=False),
        sa.Column("handed_over", JSONB),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("opened_by", sa.Text, nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("communicated_at", sa.DateTime(timezone=True)),
    )
    op.create_index("cases_by_state", "cases", ["tenant_id", "state", "id"])
    op.create_table(
        "case_keys",
        sa.Column("tenant_id", sa.Text, primary_key=True),
        sa.Column("case_id", sa.Text, primary_key=True),
        sa.Column("key", sa.LargeBinary, nullable=False),
    )


def _texts() -> None:
    op.create_table(
        "sections",
        sa.Column("tenant_id", sa.Text, primary_key=True),
        sa.Column("case_id", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("sentences", JSONB, nullable=False),
        sa.Column("omissions", JSONB, nullable=False),
        sa.Column("stale_because", JSONB, nullable=False),
        sa.Column("manifest", JSONB),
        sa.Column("problem", sa.Text, nullable=False),
        sa.Column("ticket", sa.Text, nullable=False),
        sa.Column("set_aside", sa.Boolean, nullable=False),
        sa.Column("approved_by", sa.Text, nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True)),
    )
    op.create_table(
        "section_revisions",
        sa.Column("tenant_id", sa.Text, primary_key=True),
        sa.Column("case_id", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("revision", sa.Integer, primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("sentences", JSONB, nullable=False),
        sa.Column("manifest", JSONB),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    )


def _sources() -> None:
    op.create_table(
        "sources",
        sa.Column("tenant_id", sa.Text, primary_key=True),
        sa.Column("case_id", sa.Text, primary_key=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("external_id", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("people", JSONB, nullable=False),
        sa.Column("met_on", sa.Date),
        sa.Column("added_by", sa.Text, nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "parts",
        sa.Column("tenant_id", sa.Text, primary_key=True),
        sa.Column("case_id", sa.Text, primary_key=True),
        sa.Column("source_id", sa.Text, primary_key=True),
        sa.Column("part_id", sa.Text, primary_key=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("speaker", sa.Text, nullable=False),
    )
    op.create_table(
        "passages",
        sa.Column("tenant_id", sa.Text, primary_key=True),
        sa.Column("case_id", sa.Text, primary_key=True),
        sa.Column("source_id", sa.Text, primary_key=True),
        sa.Column("part_id", sa.Text, primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("heading", sa.Text, nullable=False),
    )
    op.create_table(
        "approved_transcripts",
        sa.Column("tenant_id", sa.Text, primary_key=True),
        sa.Column("transcript_id", sa.Text, primary_key=True),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=False),
    )


def _templates() -> None:
    op.create_table(
        "template_editions",
        sa.Column("tenant_id", sa.Text, primary_key=True),
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("body", JSONB, nullable=False),
    )
    op.create_table(
        "template_overrides",
        sa.Column("tenant_id", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("changed_by", sa.Text, nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
    )


def _records() -> None:
    op.create_table(
        "communications",
        sa.Column("tenant_id", sa.Text, primary_key=True),
        sa.Column("case_id", sa.Text, primary_key=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("body", JSONB, nullable=False),
    )
    op.create_table(
        "decisions",
        sa.Column("tenant_id", sa.Text, primary_key=True),
        sa.Column("case_id", sa.Text, primary_key=True),
        sa.Column("body", JSONB, nullable=False),
    )
    op.create_table(
        "reviews",
        sa.Column("tenant_id", sa.Text, primary_key=True),
        sa.Column("case_id", sa.Text, primary_key=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("body", JSONB, nullable=False),
    )

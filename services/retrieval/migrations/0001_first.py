# SPDX-License-Identifier: EUPL-1.2
"""Guidelines with their versions and passages, and the index over them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from pgvector.sqlalchemy import HALFVEC, SPARSEVEC

from kernel.migration import kernel_schema, secure

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    kernel_schema(op)
    _create_guidelines()
    _create_index()
    secure(op, "guidelines", "versions", "passages", "passage_vectors", "gram_counts")
    # Nobody changes a key: digests made before would no longer match.
    secure(op, "digest_keys", append_only=True)


def _create_guidelines() -> None:
    op.create_table(
        "guidelines",
        sa.Column("tenant_id", sa.Text, primary_key=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("newest", sa.Integer, nullable=False),
    )
    op.create_table(
        "versions",
        sa.Column("tenant_id", sa.Text, primary_key=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("guideline_id", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("reference", sa.Text),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("valid_to", sa.Date),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("passages", sa.Integer, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.Text, nullable=False),
        sa.UniqueConstraint("tenant_id", "guideline_id", "number"),
        sa.ForeignKeyConstraint(["tenant_id", "guideline_id"], ["guidelines.tenant_id", "guidelines.id"]),
    )
    op.create_table(
        "passages",
        sa.Column("tenant_id", sa.Text, primary_key=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("version_id", sa.Text, nullable=False),
        sa.Column("ordinal", sa.Integer, nullable=False),
        sa.Column("key", sa.Text),
        sa.Column("heading", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("anchor", sa.Text, nullable=False),
        sa.UniqueConstraint("tenant_id", "version_id", "ordinal"),
        sa.ForeignKeyConstraint(["tenant_id", "version_id"], ["versions.tenant_id", "versions.id"]),
    )
    op.create_table(
        "digest_keys",
        sa.Column("tenant_id", sa.Text, primary_key=True),
        sa.Column("key", sa.LargeBinary, nullable=False),
    )


def _create_index() -> None:
    op.create_table(
        "passage_vectors",
        sa.Column("tenant_id", sa.Text, primary_key=True),
        sa.Column("passage_id", sa.Text, primary_key=True),
        sa.Column("version_id", sa.Text, nullable=False),
        sa.Column("meaning", HALFVEC(384), nullable=False),
        sa.Column("runs", SPARSEVEC(1_000_000_000), nullable=False),
    )
    op.create_index("passage_vectors_by_version", "passage_vectors", ["tenant_id", "version_id"])
    # Keep both vectors in the row: fetched one by one from the side table, a scan of 30 000 takes a second.
    op.execute("ALTER TABLE passage_vectors SET (toast_tuple_target = 8160)")
    op.execute("ALTER TABLE passage_vectors ALTER meaning SET STORAGE PLAIN, ALTER runs SET STORAGE MAIN")
    op.create_table(
        "gram_counts",
        sa.Column("tenant_id", sa.Text, primary_key=True),
        sa.Column("gram", sa.Integer, primary_key=True),
        sa.Column("passages", sa.Integer, nullable=False),
    )

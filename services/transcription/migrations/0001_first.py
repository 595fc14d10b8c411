# SPDX-License-Identifier: EUPL-1.2
"""Recordings, transcripts, utterances and corrections, beside the tables that every service has."""

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
    _recordings()
    _transcripts()
    _utterances()
    secure(op, "recordings", "transcripts", "utterances", "corrections")


def _recordings() -> None:
    op.create_table(
        "recordings",
        sa.Column("tenant_id", sa.Text, primary_key=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("speakers", sa.Integer),
        sa.Column("case_reference", sa.Text, nullable=False),
        sa.Column("hotwords", JSONB, nullable=False),
        sa.Column("meeting_date", sa.Date),
        sa.Column("meeting_place", sa.Text, nullable=False),
        sa.Column("container", sa.Text, nullable=False),
        sa.Column("seconds", sa.Float),
        sa.Column("file_digest", sa.Text, nullable=False),
        sa.Column("file_bytes", sa.BigInteger, nullable=False),
        sa.Column("received_by", sa.Text, nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("transcript_id", sa.Text),
        sa.Column("problem_type", sa.Text, nullable=False),
        sa.Column("problem_detail", sa.Text, nullable=False),
    )


def _transcripts() -> None:
    op.create_table(
        "transcripts",
        sa.Column("tenant_id", sa.Text, primary_key=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("case_reference", sa.Text, nullable=False),
        sa.Column("recording_id", sa.Text, nullable=False),
        sa.Column("meeting_date", sa.Date),
        sa.Column("meeting_place", sa.Text, nullable=False),
        sa.Column("participants", JSONB, nullable=False),
        sa.Column("recogniser", JSONB),
        sa.Column("key", sa.LargeBinary, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("approved_by", sa.Text),
        sa.Column("approved_at", sa.DateTime(timezone=True)),
        sa.Column("digest", sa.Text),
    )


def _utterances() -> None:
    op.create_table(
        "utterances",
        sa.Column("tenant_id", sa.Text, primary_key=True),
        sa.Column("transcript_id", sa.Text, primary_key=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("start", sa.Float, nullable=False),
        sa.Column("end", sa.Float, nullable=False),
        sa.Column("speaker", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("confidence", sa.Float),
        sa.Column("doubtful_words", JSONB, nullable=False),
        sa.ForeignKeyConstraint(["tenant_id", "transcript_id"], ["transcripts.tenant_id", "transcripts.id"]),
    )
    op.create_table(
        "corrections",
        sa.Column("tenant_id", sa.Text, primary_key=True),
        sa.Column("transcript_id", sa.Text, primary_key=True),
        sa.Column("utterance_id", sa.Text, primary_key=True),
        sa.Column("revision", sa.Integer, primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("speaker", sa.Text, nullable=False),
        sa.Column("corrected_by", sa.Text, nullable=False),
        sa.Column("corrected_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "transcript_id", "utterance_id"],
            ["utterances.tenant_id", "utterances.transcript_id", "utterances.id"],
        ),
    )

# SPDX-License-Identifier: EUPL-1.2
"""The tables that transcription owns.

Utterances are written once. Corrections are rows of their own, each with the revision it made, so that the original
and every step since then can be read.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB

tables = MetaData()

recordings = Table(
    "recordings",
    tables,
    Column("tenant_id", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("language", Text, nullable=False),
    Column("speakers", Integer),
    Column("case_reference", Text, nullable=False),
    Column("hotwords", JSONB, nullable=False),
    Column("meeting_date", Date),
    Column("meeting_place", Text, nullable=False),
    Column("container", Text, nullable=False),
    Column("seconds", Float),
    Column("file_digest", Text, nullable=False),
    Column("file_bytes", BigInteger, nullable=False),
    Column("received_by", Text, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("transcript_id", Text),
    Column("problem_type", Text, nullable=False),
    Column("problem_detail", Text, nullable=False),
)

transcripts = Table(
    "transcripts",
    tables,
    Column("tenant_id", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("language", Text, nullable=False),
    Column("case_reference", Text, nullable=False),
    Column("recording_id", Text, nullable=False),
    Column("meeting_date", Date),
    Column("meeting_place", Text, nullable=False),
    Column("participants", JSONB, nullable=False),
    Column("recogniser", JSONB(none_as_null=True)),
    Column("key", LargeBinary, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("approved_by", Text),
    Column("approved_at", DateTime(timezone=True)),
    Column("digest", Text),
)

utterances = Table(
    "utterances",
    tables,
    Column("tenant_id", Text, primary_key=True),
    Column("transcript_id", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("start", Float, nullable=False),
    Column("end", Float, nullable=False),
    Column("speaker", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("confidence", Float),
    Column("doubtful_words", JSONB, nullable=False),
    ForeignKeyConstraint(["tenant_id", "transcript_id"], ["transcripts.tenant_id", "transcripts.id"]),
)

corrections = Table(
    "corrections",
    tables,
    Column("tenant_id", Text, primary_key=True),
    Column("transcript_id", Text, primary_key=True),
    Column("utterance_id", Text, primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("text", Text, nullable=False),
    Column("speaker", Text, nullable=False),
    Column("corrected_by", Text, nullable=False),
    Column("corrected_at", DateTime(timezone=True), nullable=False),
    ForeignKeyConstraint(
        ["tenant_id", "transcript_id", "utterance_id"],
        ["utterances.tenant_id", "utterances.transcript_id", "utterances.id"],
    ),
)

# SPDX-License-Identifier: EUPL-1.2
"""The logs, their entries and full tiles. Only a log's size and edge are ever updated."""

import sqlalchemy as sa
from alembic import op

from kernel.migration import kernel_schema, secure

revision = "0001"
down_revision = None


def upgrade() -> None:
    kernel_schema(op)
    op.create_table(
        "logs",
        sa.Column("tenant_id", sa.Text, primary_key=True),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("edge", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "entries",
        sa.Column("tenant_id", sa.Text, primary_key=True),
        sa.Column("index", sa.BigInteger, primary_key=True),
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("case_id", sa.Text),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("leaf", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("tenant_id", "event_id", name="one_entry_an_event"),
    )
    op.create_index("entries_by_case", "entries", ["tenant_id", "case_id", "index"])
    op.create_table(
        "tiles",
        sa.Column("tenant_id", sa.Text, primary_key=True),
        sa.Column("level", sa.SmallInteger, primary_key=True),
        sa.Column("number", sa.BigInteger, primary_key=True),
        sa.Column("hashes", sa.LargeBinary, nullable=False),
        sa.Column("root", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "log_keys",
        sa.Column("tenant_id", sa.Text, primary_key=True),
        sa.Column("public_key", sa.LargeBinary, nullable=False),
    )
    secure(op, "logs")
    secure(op, "entries", "tiles", "log_keys", append_only=True)

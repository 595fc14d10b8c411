# SPDX-License-Identifier: EUPL-1.2
"""Uploads, reports, requests and forecasts. Nothing here is ever changed or removed, only added to."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from kernel.migration import kernel_schema, secure

revision = "0001"
down_revision = None


def upgrade() -> None:
    kernel_schema(op)
    op.create_table(
        "uploads",
        sa.Column("tenant_id", sa.Text, primary_key=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("received_on", sa.Date, nullable=False),
        sa.Column("actor_id", sa.Text, nullable=False),
        sa.Column("form", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("rejected_rows", sa.Integer, nullable=False),
    )
    op.create_table(
        "reports",
        sa.Column("tenant_id", sa.Text, primary_key=True),
        sa.Column("series", sa.Text, primary_key=True),
        sa.Column("position", sa.BigInteger, primary_key=True),
        sa.Column("month", sa.Text, nullable=False),
        sa.Column("counted", sa.Integer, nullable=False),
        sa.Column("reported_on", sa.Date),
        sa.Column("upload_id", sa.Text, nullable=False),
        sa.CheckConstraint("counted >= 0", name="counts_are_not_negative"),
    )
    op.create_table(
        "forecast_requests",
        sa.Column("tenant_id", sa.Text, primary_key=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("series", sa.Text),
        sa.Column("origin", sa.Text),
        sa.Column("horizon", sa.Integer, nullable=False),
        sa.Column("actor_id", sa.Text, nullable=False),
        sa.Column("actor_role", sa.Text, nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "forecasts",
        sa.Column("tenant_id", sa.Text, primary_key=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("series", sa.Text, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", JSONB, nullable=False),
    )
    op.create_index("forecasts_by_series", "forecasts", ["tenant_id", "series", "made_at"])
    secure(op, "uploads", "reports", "forecast_requests", "forecasts", append_only=True)

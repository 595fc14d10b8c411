# SPDX-License-Identifier: EUPL-1.2
"""Fair shares between municipalities: where each stands in each queue, and indexes for claims in that order."""

import sqlalchemy as sa
from alembic import op

from kernel.migration import secure, service_of

revision = "kernel_0001"
down_revision = None
branch_labels = None
# The first migration of every service makes the tables of the kernel.
depends_on = "0001"

INDEXES = (
    "jobs_in_line ON jobs (tenant_id, kind, priority DESC, created_at, id) WHERE state = 'waiting'",
    "jobs_leased ON jobs (leased_until) WHERE state = 'running'",
)


def upgrade() -> None:
    op.create_table(
        "shares",
        sa.Column("tenant_id", sa.Text, primary_key=True),
        sa.Column("queue", sa.Text, primary_key=True),
        sa.Column("last_turn", sa.Double, nullable=False),
        sa.Column("next_turn", sa.Double, nullable=False),
    )
    op.create_index("shares_by_queue", "shares", ["queue", "last_turn"])
    secure(op, "shares")
    dispatch = f"{service_of(op)}_dispatch"
    op.execute(f'CREATE POLICY every_tenant ON shares TO "{dispatch}" USING (true) WITH CHECK (true)')
    op.execute(f'GRANT SELECT, INSERT, UPDATE (last_turn, next_turn) ON shares TO "{dispatch}"')
    op.execute("DROP INDEX IF EXISTS jobs_to_do")
    for each in INDEXES:
        # A database made since has them from its first migration.
        op.execute(f"CREATE INDEX IF NOT EXISTS {each}")

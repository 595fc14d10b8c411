# SPDX-License-Identifier: EUPL-1.2
"""Walls between municipalities: the empty tenant owns nothing, and an event's id is unique within its own."""

import sqlalchemy as sa
from alembic import op

from kernel.migration import OWN_ROWS

revision = "kernel_0002"
down_revision = "kernel_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    owned = op.get_bind().execute(sa.text("SELECT tablename FROM pg_policies WHERE policyname = 'own_tenant'"))
    for table in owned.scalars().all():
        op.execute(f'ALTER POLICY own_tenant ON "{table}" USING ({OWN_ROWS}) WITH CHECK ({OWN_ROWS})')
    op.execute("ALTER TABLE outbox DROP CONSTRAINT IF EXISTS outbox_id_key, DROP CONSTRAINT IF EXISTS outbox_event")
    op.create_unique_constraint("outbox_event", "outbox", ["tenant_id", "id"])

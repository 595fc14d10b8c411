# SPDX-License-Identifier: EUPL-1.2
"""Each entry of the index tells the text and the embedder it was made of, so that drift can be seen; and the counts of
runs of letters that an index in Weaviate needs.

Entries from before tell nothing: they are searched as they were, and `services.retrieval.reindex` writes them anew.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kernel.migration import secure

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("passage_vectors", sa.Column("digest", sa.Text, nullable=False, server_default=""))
    op.add_column("passage_vectors", sa.Column("embedder", sa.Text, nullable=False, server_default=""))
    op.create_table(
        "version_runs",
        sa.Column("tenant_id", sa.Text, primary_key=True),
        sa.Column("gram", sa.Integer, primary_key=True),
        sa.Column("version_id", sa.Text, primary_key=True),
        sa.Column("passages", sa.Integer, nullable=False),
    )
    op.create_index("version_runs_by_version", "version_runs", ["tenant_id", "version_id"])
    secure(op, "version_runs")

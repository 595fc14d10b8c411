# SPDX-License-Identifier: EUPL-1.2
"""How alembic runs any service's migrations: on the connection that `kernel.migration` hands over."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transaction_per_migration=True)
with context.begin_transaction():
    context.run_migrations()

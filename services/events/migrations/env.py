"""Runs the revisions on the connection that the caller gives (see `aep_shared.database.migrations`)."""

from __future__ import annotations

from alembic import context

context.configure(connection=context.config.attributes["connection"], transaction_per_migration=False)
with context.begin_transaction():
    context.run_migrations()

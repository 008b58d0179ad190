"""Shared tables, publications and their paragraphs, the state of the search index."""

from __future__ import annotations

from alembic import op

from aep_shared.database.migrations import platform_statements, statements_of

# Changed before the first release: a database of the one before, "0001", is refused instead of failing later.
revision = "0001.5"
down_revision = None


def upgrade() -> None:
    for statement in (*platform_statements(1), *statements_of("aep_search", "tables_0001.sql")):
        op.execute(statement)

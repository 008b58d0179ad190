"""Migrations: several processes may start them at once."""

from __future__ import annotations

import asyncio

import asyncpg

from aep_shared.database import Database
from aep_shared.database.migrations import _MIGRATION_LOCK, migrate
from tests.conftest import NewDatabase


async def test_a_migration_waits_for_another_process_as_long_as_that_takes(new_database: NewDatabase) -> None:
    """Longer than ordinary work may wait for a lock."""
    dsn = await new_database("migrated")
    database = Database(dsn)
    other = await asyncpg.connect(dsn)
    await other.execute(f"BEGIN; SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})")
    migrating = asyncio.ensure_future(migrate(database.engine, "aep_events"))
    await asyncio.sleep(11)
    assert not migrating.done()
    await other.execute("COMMIT")
    await migrating
    assert await other.fetchval("SELECT count(*) FROM alembic_version") == 1
    await other.close()
    await database.close()

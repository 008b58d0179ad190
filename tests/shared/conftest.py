"""A small service of its own: the shared tables, one aggregate table, no HTTP."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from aep_shared.contracts.topics import GROUP, INITIATIVE
from aep_shared.database import Database
from aep_shared.eventlog.port import TopicSpec
from aep_shared.eventlog.postgres import PostgresEventLog
from aep_standalone.postgres import EmbeddedPostgres
from tests.shared.tables import with_platform_tables


@pytest.fixture(scope="session")
async def forker() -> AsyncIterator[asyncio.subprocess.Process]:
    """The parent of the processes that tests stop and continue."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.shared.other_process",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        cwd=Path(__file__).parents[2],
    )
    yield process
    process.kill()
    await process.wait()


async def _emptied(postgres: EmbeddedPostgres, name: str) -> str:
    """A database without tables, the same for all tests: making one takes longer than most tests."""
    await postgres.ensure_database(name)
    connection = await asyncpg.connect(postgres.dsn(name))
    try:
        for left in await connection.fetch("SELECT gid FROM pg_prepared_xacts WHERE database = current_database()"):
            await connection.execute(f"ROLLBACK PREPARED '{left['gid']}'")
        await connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND backend_type = 'client backend'"
            " AND pid <> pg_backend_pid()"
        )
        await connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    finally:
        await connection.close()
    return postgres.dsn(name)


@pytest.fixture
async def database(postgres: EmbeddedPostgres) -> AsyncIterator[Database]:
    made = await with_platform_tables(await _emptied(postgres, "flow_service"))
    yield made
    await made.close()


@pytest.fixture
async def log(postgres: EmbeddedPostgres) -> AsyncIterator[PostgresEventLog]:
    opened = PostgresEventLog(await _emptied(postgres, "flow_log"))
    await opened.open()
    await opened.create_topics([TopicSpec(t.name, t.partitions) for t in (GROUP, INITIATIVE)])
    yield opened
    await opened.close()

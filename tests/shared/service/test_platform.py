"""A service at its start waits for what is starting too."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import asyncpg
import pytest

from aep_shared.database import Database
from aep_shared.database.migrations import migrate
from aep_shared.eventlog.port import EventLogError, LogUnavailable
from aep_shared.service.platform import patiently
from tests.conftest import NewDatabase
from tests.shared.network import Network


async def test_a_start_waits_for_a_database_that_is_starting(database: Database) -> None:
    network = Network(database.dsn)
    await network.start()
    await network.stop()
    address = Database(network.dsn)
    starting = asyncio.ensure_future(patiently(address.answers))
    await asyncio.sleep(1)
    assert not starting.done()
    await network.start()
    await asyncio.wait_for(starting, 15)
    await network.stop()
    await address.close()


async def test_a_start_does_not_wait_for_ever_nor_for_what_waiting_does_not_help() -> None:
    tries = 0

    async def away() -> None:
        nonlocal tries
        tries += 1
        raise LogUnavailable("away")

    with pytest.raises(LogUnavailable):
        await asyncio.wait_for(patiently(away, 0.5), 10)
    assert tries > 1

    async def refused() -> None:
        raise EventLogError("wrong password")

    with pytest.raises(EventLogError, match="wrong password"):
        await asyncio.wait_for(patiently(refused, 60), 5)


async def _command(service: str, *arguments: str, **environ: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        f"aep_{service}",
        *arguments,
        env={**os.environ, **environ},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def test_commands_of_operators_wait_for_a_database_that_is_starting(
    new_database: NewDatabase, tmp_path: Path
) -> None:
    dsn = await new_database("registry")
    database = Database(dsn)
    await migrate(database.engine, "aep_registry")
    await database.close()
    network = Network(dsn)
    await network.start()
    await network.stop()
    process = await _command(
        "registry",
        "operator-token",
        AEP_REGISTRY_DATABASE_URL=network.dsn,
        AEP_EVENT_LOG_URL=network.dsn,
        AEP_REGISTRY_KEYS_DIR=str(tmp_path),
    )
    assert process.stderr
    assert b"waiting for a dependency" in await asyncio.wait_for(process.stderr.readline(), 60)
    await network.start()
    output, _ = await asyncio.wait_for(process.communicate(), 60)
    assert (process.returncode, output.count(b"."), output.count(b"\n")) == (0, 2, 1)
    await network.stop()


async def test_a_database_of_before_the_first_release_ends_a_migration_with_one_line(
    new_database: NewDatabase,
) -> None:
    dsn = await new_database("events")
    connection = await asyncpg.connect(dsn)
    await connection.execute("CREATE TABLE alembic_version AS SELECT '0001' AS version_num")
    await connection.close()
    process = await _command("events", "migrate", AEP_EVENTS_DATABASE_URL=dsn, AEP_EVENT_LOG_URL=dsn)
    _, problem = await asyncio.wait_for(process.communicate(), 60)
    lines = problem.decode().splitlines()
    assert (process.returncode, len(lines)) == (2, 1), lines
    assert lines[0].startswith("aep_events: the database of aep_events is at revision 0001, which")

"""A small service of its own: the shared tables, one aggregate table, no HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from aep_shared.contracts.topics import GROUP, INITIATIVE
from aep_shared.db import Database
from aep_shared.db.migrations import platform_statements, statements_of
from aep_shared.eventlog.port import TopicSpec
from aep_shared.eventlog.postgres import PostgresEventLog
from aep_shared.leadership import Timing
from aep_shared.outbox import Aggregate
from aep_shared.records import RECORDS, read_states
from tests.conftest import NewDatabase

FAST = Timing(deadline=0.6, request_timeout=1.0, silence=2.0, settle=0.2)
"""The same rules as in operation with shorter times, so that take-overs are seen within a test."""


async def with_platform_tables(dsn: str) -> Database:
    """A database with the shared tables and the records of `aep_shared.records`."""
    database = Database(dsn)
    async with database.engine.begin() as connection:
        for statement in (*platform_statements(1), *statements_of("aep_shared.db", "records_0001.sql")):
            await connection.exec_driver_sql(statement)
    return database


@pytest.fixture
async def database(new_database: NewDatabase) -> AsyncIterator[Database]:
    made = await with_platform_tables(await new_database("service"))
    yield made
    await made.close()


@pytest.fixture
async def log(new_database: NewDatabase) -> AsyncIterator[PostgresEventLog]:
    opened = PostgresEventLog(await new_database("log"))
    await opened.open()
    await opened.create_topics([TopicSpec(t.name, t.partitions) for t in (GROUP, INITIATIVE)])
    yield opened
    await opened.close()


async def _states(connection: AsyncConnection, ids: Sequence[UUID]) -> Mapping[UUID, dict[str, Any]]:
    return await read_states(connection, ids)


GROUPS = Aggregate(GROUP, RECORDS, _states)
INITIATIVES = Aggregate(INITIATIVE, RECORDS, _states)

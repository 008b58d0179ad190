"""Processes that die at the worst moment of their work: what is done twice has its effect once, nothing is lost."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from aep_shared.database import Database
from aep_shared.eventlog.port import Record, Writer
from aep_shared.eventlog.postgres import PostgresEventLog
from aep_shared.flow.consumer import Change
from aep_shared.flow.relay import Relay
from tests.shared.consuming import GROUP, append, group, journal, journalled, make_journal, positions, read_to_the_end
from tests.shared.dying import die, killed_in
from tests.shared.flowing import connected, event, insert_row, keys_of, running, until
from tests.shared.statements import values
from tests.shared.timing import FAST


async def test_a_relay_that_dies_between_appending_and_moving_its_cursor(
    database: Database, log: PostgresEventLog
) -> None:
    async with connected(database) as connection:
        last = [await insert_row(connection, key, version) for key, version in (("a", 1), ("b", 1), ("a", 2))][-1]
    await killed_in(__name__, "relay", database.dsn, log.dsn)
    cursor = "SELECT published_to FROM relay_cursor"
    assert await keys_of(log) == ["a", "b", "a"]
    assert await values(database, cursor) == [0]

    async def moved() -> bool:
        return await values(database, cursor) == [last]

    await make_journal(database)
    async with running(Relay(database, log, "registry", timing=FAST).run, group(database, log).run):
        await until(moved, 60)
        await read_to_the_end(database, log)
    assert await keys_of(log) == ["a", "b", "a"] * 2
    effects = await journalled(database)
    assert set(effects.values()) == {1}
    assert {("a", 2), ("b", 1)} <= effects.keys()


async def test_a_consumer_that_dies_between_its_replicas_and_its_commit(
    database: Database, log: PostgresEventLog
) -> None:
    await make_journal(database)
    await append(log, event(GROUP, "a", 1, None), event(GROUP, "b", 1, None))
    await killed_in(__name__, "consumer", database.dsn, log.dsn)
    assert not await journalled(database)
    assert not await values(database, "SELECT key FROM replicas")
    assert set((await positions(database)).values()) <= {0}
    async with running(group(database, log).run):
        await read_to_the_end(database, log)
    assert await journalled(database) == {("a", 1): 1, ("b", 1): 1}


class _DyingLog(PostgresEventLog):
    async def append(self, records: Sequence[Record], writer: Writer | None = None) -> None:
        await super().append(records, writer)
        die()


async def _dying_hook(connection: AsyncConnection, changes: Sequence[Change]) -> None:
    await journal(connection, changes)
    die()


async def _work(part: str, service_dsn: str, log_dsn: str) -> None:
    log = (_DyingLog if part == "relay" else PostgresEventLog)(log_dsn)
    await log.open()
    database = Database(service_dsn)
    if part == "relay":
        await Relay(database, log, "registry", timing=FAST).run()
    await group(database, log, hook=_dying_hook).run()


if __name__ == "__main__":
    asyncio.run(_work(*sys.argv[1:]))

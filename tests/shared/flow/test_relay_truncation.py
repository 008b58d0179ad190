"""Emptying the partitions of the outbox: never a row that the log has not, never a wait that others feel."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import asyncpg

from aep_shared.database import Database
from aep_shared.eventlog.port import Record
from aep_shared.eventlog.postgres import PostgresEventLog
from aep_shared.flow.relay import Relay
from tests.shared.flowing import WrappedLog, connected, insert_row, keys_of, leading, running, until
from tests.shared.timing import FAST

IDS = 65_536
"""How many ids in a row belong to one partition."""


async def _jump(connection: asyncpg.Connection, turn: int) -> None:
    """Makes the next id the first of that turn; turns 0, 3, 6 ... fill partition 0."""
    await connection.execute("SELECT setval('outbox_id', $1, false)", turn * IDS)


async def _count(connection: asyncpg.Connection, partition: int) -> int:
    return int(await connection.fetchval(f"SELECT count(*) FROM outbox_{partition}"))


async def test_published_partitions_are_emptied_except_the_one_being_filled(
    database: Database, log: PostgresEventLog
) -> None:
    async with connected(database) as writer, leading(database, log) as relay:
        for turn in (1, 2):
            await _jump(writer, turn)
            await insert_row(writer, f"turn-{turn}")
        await relay.drain()
        await relay.truncate()
        assert [await _count(writer, n) for n in range(3)] == [0, 0, 1]
        assert await keys_of(log) == ["turn-1", "turn-2"]


async def test_a_row_that_is_committed_while_the_lock_is_waited_for_is_kept(
    database: Database, log: PostgresEventLog
) -> None:
    seen_waiting = 0
    async with (
        connected(database) as writer,
        connected(database) as observer,
        leading(database, log) as relay,
    ):
        for number in range(4):
            # Partition 1 is emptied when partition 2 is filled, and then a turn of it begins anew.
            await _jump(writer, 6 * number + 1)
            await insert_row(writer, f"old-{number}")
            await _jump(writer, 6 * number + 2)
            await insert_row(writer, f"next-{number}")
            await relay.drain()
            await _jump(writer, 6 * number + 4)
            transaction = writer.transaction()
            await transaction.start()
            await insert_row(writer, f"in-flight-{number}")
            emptying = asyncio.ensure_future(relay.truncate())
            waiting = "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND NOT granted"
            while not emptying.done() and not await observer.fetchval(waiting):
                pass
            seen_waiting += not emptying.done()
            await transaction.commit()
            await emptying
            await relay.drain()
        names = [f"{kind}-{number}" for number in range(4) for kind in ("old", "next", "in-flight")]
        assert sorted(await keys_of(log)) == sorted(names)
    assert seen_waiting


async def test_an_insert_in_flight_only_delays(database: Database, log: PostgresEventLog) -> None:
    async with connected(database) as writer, connected(database) as quick, leading(database, log) as relay:
        await _jump(quick, 1)
        await insert_row(quick, "old")
        transaction = writer.transaction()
        await transaction.start()
        await insert_row(writer, "in-flight")
        await _jump(quick, 2)
        await insert_row(quick, "next")
        await relay.drain()
        await relay.truncate()
        assert await _count(quick, 1) == 1
        await transaction.commit()
        await relay.drain()
        await relay.truncate()
        assert await _count(quick, 1) == 0
        assert await keys_of(log) == ["old", "in-flight", "next"]


async def test_a_dump_only_delays(database: Database, log: PostgresEventLog) -> None:
    async with connected(database) as dump, connected(database) as writer, leading(database, log) as relay:
        await _jump(writer, 1)
        await insert_row(writer, "old")
        await dump.execute("BEGIN ISOLATION LEVEL REPEATABLE READ; LOCK TABLE outbox IN ACCESS SHARE MODE")
        await _jump(writer, 2)
        await insert_row(writer, "next")
        await relay.drain()
        await relay.truncate()
        assert await keys_of(log) == ["old", "next"]
        assert await dump.fetchval("SELECT count(*) FROM outbox") == 2
        await dump.execute("COMMIT")
        await relay.truncate()
        assert await _count(writer, 1) == 0


async def test_a_snapshot_that_somebody_holds_loses_nothing(database: Database, log: PostgresEventLog) -> None:
    async with connected(database) as reader, connected(database) as writer, leading(database, log) as relay:
        await _jump(writer, 1)
        await insert_row(writer, "old")
        await reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT txid_current_snapshot()")
        await _jump(writer, 2)
        await insert_row(writer, "next")
        await relay.drain()
        await relay.truncate()
        await _jump(writer, 4)
        await insert_row(writer, "again")
        await reader.execute("COMMIT")
        await relay.drain()
        assert await keys_of(log) == ["old", "next", "again"]


async def test_ids_wrap_into_a_partition_that_is_not_yet_emptied(database: Database, log: PostgresEventLog) -> None:
    async with (
        connected(database) as writer,
        connected(database) as dump,
        leading(database, log, batch=1) as relay,
    ):
        await _jump(writer, 1)
        await insert_row(writer, "old")
        await relay.drain()
        await dump.execute("BEGIN; LOCK TABLE outbox IN ACCESS SHARE MODE")
        await _jump(writer, 3)
        await insert_row(writer, "turn-3")
        await relay.drain()
        await _jump(writer, 4)
        await insert_row(writer, "turn-4")
        await dump.execute("COMMIT")
        # The old row is published and the new one, in the same partition, is not.
        await relay.truncate()
        assert await _count(writer, 1) == 2
        await relay.drain()
        await _jump(writer, 5)
        await insert_row(writer, "turn-5")
        await relay.drain()
        await relay.truncate()
        assert [await _count(writer, n) for n in range(3)] == [0, 0, 1]
        assert await keys_of(log) == ["old", "turn-3", "turn-4", "turn-5"]


async def test_a_partition_with_unpublished_rows_is_not_even_locked(database: Database, log: PostgresEventLog) -> None:
    """Whoever waits for the lock makes every writer of that partition wait too."""
    async with (
        connected(database) as holder,
        connected(database) as writer,
        connected(database) as observer,
        leading(database, log) as relay,
    ):
        await holder.execute("BEGIN")
        await insert_row(holder, "holds the relay up")
        await _jump(writer, 1)
        await insert_row(writer, "unpublished")
        await writer.execute("BEGIN")
        await insert_row(writer, "in flight")
        await relay.drain()
        emptying = asyncio.ensure_future(relay.truncate())
        asked = 0
        while not emptying.done():
            asked += await observer.fetchval("SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock'")
        assert asked == 0


async def test_a_relay_that_is_never_idle_empties_partitions_too(database: Database, log: PostgresEventLog) -> None:
    async with connected(database) as writer, connected(database) as observer:
        await writer.execute(f"SELECT setval('outbox_id', {IDS - 2}); UPDATE relay_cursor SET published_to = {IDS - 2}")

        async def write_more(_records: Sequence[Record]) -> None:
            await insert_row(writer, "more")

        await write_more([])
        relay = Relay(database, WrappedLog(log, write_more), "registry", timing=FAST)
        async with running(relay.run):
            await until(lambda: _count(observer, 1))

            async def emptied() -> bool:
                return await _count(observer, 0) == 0

            await until(emptied, 5)

"""Moments between the parts of the event flow that once went wrong: each test names one and holds it still."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from aep_shared.contracts.topics import GROUP, INITIATIVE
from aep_shared.database import Database
from aep_shared.eventlog.port import Bounds, EventLogError, TopicPartition
from aep_shared.eventlog.postgres import PostgresEventLog
from aep_shared.flow.consumer import Change, ends
from aep_shared.flow.consumer import positions as stored
from aep_shared.flow.relay import PARTITION_IDS, Relay
from aep_standalone.postgres import EmbeddedPostgres
from tests.shared.consuming import group, make_journal, read_to_the_end, rows, visible
from tests.shared.flowing import connected, event, insert_row, keys_in, keys_of, running, until
from tests.shared.timing import FAST, PATIENT

PLACE = TopicPartition(GROUP.name, 0)


async def _publish(database: Database, key: str) -> None:
    async with database.connection() as connection:
        statement = text("INSERT INTO outbox (topic, key, version) VALUES (:topic, :key, 1)")
        await connection.execute(statement, {"topic": GROUP.name, "key": key})


async def _arrived(log: PostgresEventLog, key: str) -> bool:
    return key in await keys_of(log)


async def test_the_listener_outlives_a_log_that_is_restored(postgres: EmbeddedPostgres, log: PostgresEventLog) -> None:
    reader = log.reader()
    await reader.assign({PLACE: 0})
    assert not await reader.read(10, wait=0)
    admin = await asyncpg.connect(postgres.dsn("postgres"))
    try:
        await admin.execute("ALTER DATABASE flow_log ALLOW_CONNECTIONS false")
        await admin.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = 'flow_log'")
        await admin.execute("ALTER DATABASE flow_log RENAME TO flow_log_away")
        # Longer than the listener waits before it connects anew.
        await asyncio.sleep(2.5)
    finally:
        await admin.execute("ALTER DATABASE flow_log_away RENAME TO flow_log")
        await admin.execute("ALTER DATABASE flow_log ALLOW_CONNECTIONS true")
        await admin.close()
    await asyncio.sleep(2.5)
    for _ in range(2):
        with contextlib.suppress(EventLogError):
            await reader.read(10, wait=0)
    started = time.monotonic()
    await log.append([event(GROUP, keys_in(GROUP, 0, 1)[0], 1)])
    assert await reader.read(10, wait=6)
    # Sooner than the look that a reader takes in case that it missed a notification.
    assert time.monotonic() - started < 3


async def test_a_gap_that_is_rolled_back_does_not_wait_for_the_next_look(
    database: Database, log: PostgresEventLog
) -> None:
    relay = Relay(database, log, "registry", timing=PATIENT, poll=30.0)
    async with running(relay.run), connected(database) as slow:
        await _publish(database, "first")
        await until(lambda: _arrived(log, "first"))
        await asyncio.sleep(3)  # The relay has nothing to do, and rests longer each time.
        writer = slow.transaction()
        await writer.start()
        await insert_row(slow, "never")
        await _publish(database, "second")
        await asyncio.sleep(0.1)  # The relay was woken, and now watches the gap below the second row.
        await writer.rollback()
        await until(lambda: _arrived(log, "second"), seconds=2)


async def test_a_late_commit_of_the_last_owner_is_not_a_lost_log(database: Database, log: PostgresEventLog) -> None:
    await make_journal(database)
    first, second = keys_in(GROUP, 0, 2)
    await log.append([event(GROUP, first, 1)])
    async with running(group(database, log, timing=FAST).run):
        await read_to_the_end(database, log, GROUP)
    late = _Late(log, database, second)
    successor = group(database, late, timing=FAST)  # type: ignore[arg-type]
    async with running(successor.run):
        await until(lambda: successor._positions)
        found = await rows(database, "SELECT partition, position, rebuild FROM positions ORDER BY partition")
    assert late.happened
    assert all(row.rebuild is None for row in found), found


class _Late:
    """A log; when its bounds were read, the last owner commits one more record."""

    def __init__(self, log: PostgresEventLog, database: Database, key: str) -> None:
        self._log, self._database, self._key = log, database, key
        self.happened = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)

    async def bounds(self, topic: str) -> Mapping[int, Bounds]:
        found = await self._log.bounds(topic)
        if not self.happened:
            self.happened = True
            await self._log.append([event(GROUP, self._key, 1)])
            async with self._database.connection() as connection:
                await stored.move(connection, stored.Position("flow", PLACE, 1), 2)
        return found


async def test_a_sweep_that_fails_concerns_its_partition_alone(
    database: Database, log: PostgresEventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    await log.append([event(topic, keys_in(topic, 0, 1)[0], 1) for topic in (GROUP, INITIATIVE)])

    async def refuse_removals(_connection: AsyncConnection, changes: Sequence[Change]) -> None:
        if any(change.gone for change in changes):
            raise ValueError("cannot take a removal")

    one = group(database, log, GROUP, INITIATIVE, hook=refuse_removals)
    async with running(one.run):
        await read_to_the_end(database, log, GROUP, INITIATIVE)
        await until(one.caught_up)
    async with database.connection() as connection:
        await connection.execute(_STALE, {"topic": GROUP.name})
        await stored.forget(connection, one.name, [GROUP.name])
    monkeypatch.setattr(ends, "NOTED_EVERY_SECONDS", 0.3)
    two = group(database, log, GROUP, INITIATIVE, hook=refuse_removals)
    async with running(two.run):
        await until(lambda: two.failure)
        since = (await rows(database, "SELECT clock_timestamp() AS now"))[0].now
        fresh = f"SELECT 1 FROM positions WHERE topic = '{INITIATIVE.name}' AND end_reached_at > '{since}'"
        await until(lambda: _count(database, fresh, INITIATIVE.partitions))


async def _count(database: Database, statement: str, expected: int) -> bool:
    return len(await rows(database, statement)) == expected


async def test_a_dump_that_holds_the_outbox_is_not_asked_again_and_again(
    database: Database, log: PostgresEventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with connected(database) as connection:
        await connection.execute(f"SELECT setval('outbox_id', {PARTITION_IDS - 2})")
        await connection.execute(f"UPDATE relay_cursor SET published_to = {PARTITION_IDS - 2}")
        await insert_row(connection, "a")
        await insert_row(connection, "b")
    relay = Relay(database, log, "registry", timing=PATIENT)
    tries = []
    empty = relay._empty

    async def counted(connection: asyncpg.Connection, name: str) -> None:
        tries.append(name)
        await empty(connection, name)

    monkeypatch.setattr(relay, "_empty", counted)
    async with connected(database) as dump:
        transaction = dump.transaction()
        await transaction.start()
        await dump.execute("LOCK TABLE outbox IN ACCESS SHARE MODE")
        async with running(relay.run):
            await until(lambda: _arrived(log, "b"))
            await asyncio.sleep(3)
        await transaction.rollback()
    assert 1 <= len(tries) <= 2


async def test_failing_events_of_many_partitions_do_not_make_a_worker_silent(
    database: Database, log: PostgresEventLog
) -> None:
    await make_journal(database)
    places = [(topic, partition) for topic in (GROUP, INITIATIVE) for partition in range(topic.partitions)]
    await log.append([event(t, key, 1, b"{}") for t, partition in places for key in keys_in(t, partition, 3)])
    workers: set[Any] = set()
    async with running(*(group(database, log, GROUP, INITIATIVE).run for _ in range(2))):
        end = time.monotonic() + 8
        while time.monotonic() < end:
            workers |= {row.id for row in await rows(database, "SELECT id FROM workers")}
            await asyncio.sleep(0.05)
    assert len(workers) == 2


async def test_what_was_read_and_left_when_time_ran_out_is_read_again_at_once(
    database: Database, log: PostgresEventLog
) -> None:
    await make_journal(database)
    keys = [keys_in(INITIATIVE, partition, 1)[0] for partition in range(INITIATIVE.partitions)]
    await log.append([event(INITIATIVE, key, 1) for key in keys])

    async def slow(_connection: AsyncConnection, _changes: Sequence[Change]) -> None:
        await asyncio.sleep(FAST.deadline + 0.1)

    async def applied() -> bool:
        return await visible(database) == set(keys)

    async with running(group(database, log, INITIATIVE, hook=slow).run):
        # Sooner than the positions are opened anew for another reason.
        await until(applied, 15)


_STALE = text(
    "INSERT INTO replicas (topic, key, partition, version, deleted, data) VALUES (:topic, 'stale', 0, 1, false, '{}')"
)

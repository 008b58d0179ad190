"""A consumer that stands still is seen by everybody; one that reads skips nothing of what it was given."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from aep_shared import telemetry
from aep_shared.contracts.topics import GROUP, INITIATIVE
from aep_shared.database import Database
from aep_shared.eventlog.postgres import PostgresEventLog
from aep_shared.flow.consumer import Change, ends
from aep_shared.flow.consumer import group as groups
from aep_shared.service import housekeeping
from tests.shared.consuming import (
    append,
    group,
    journal,
    journalled,
    make_journal,
    read_to_the_end,
    replicas,
    rows,
    visible,
)
from tests.shared.flowing import event, keys_in, running, until
from tests.shared.timing import FAST

NONSENSE = b'{"kind": 7}'


@pytest.fixture(autouse=True)
async def _journal(database: Database) -> None:
    await make_journal(database)


async def _run(database: Database, statement: str) -> None:
    async with database.connection() as connection:
        await connection.execute(text(statement))


async def test_a_partition_that_stands_still_is_seen_in_every_process_until_it_goes_on(
    database: Database, log: PostgresEventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(groups, "_GRACE_SECONDS", 0.0)
    bad, good = keys_in(GROUP, 0, 2)
    worker, elsewhere = group(database, log, strict=True), group(database, log, strict=True)
    assert await elsewhere.state() == "catching up"
    started = time.time()
    async with running(worker.run):
        await append(log, event(GROUP, good, 1))
        await until(lambda: _is(elsewhere, "ok"))
        await append(log, event(GROUP, bad, 1, NONSENSE), event(GROUP, good, 2))
        await until(lambda: _is(elsewhere, f"standing still at {GROUP.name} 0"))
        assert NONSENSE.decode() not in await elsewhere.state()
        assert "MalformedEvent" in (worker.failure or "")
        assert started <= (worker.oldest_waiting or 0) <= time.time()
        await asyncio.sleep(1)
        await housekeeping.read_figures(database, "standing-test", [worker], None)
        assert telemetry.CONSUMER_AGE.labels("flow")._value.get() >= 1
        assert telemetry.CONSUMER_STOPPED.labels("flow")._value.get() == 1
        await _run(database, "UPDATE positions SET position = position + 1")
        await until(lambda: _is(elsewhere, "ok"), 30)
        await until(lambda: worker.failure is None and worker.oldest_waiting is None)
    assert await visible(database) == {good}


async def _is(consumer: groups.ConsumerGroup, state: str) -> bool:
    return (await consumer.state()).startswith(state)


async def test_a_group_that_nobody_follows_is_behind(database: Database, log: PostgresEventLog) -> None:
    consumer = group(database, log)
    async with running(consumer.run):
        await until(lambda: _is(consumer, "ok"))
    await _run(database, "UPDATE positions SET end_reached_at = clock_timestamp() - interval '10 minutes'")
    assert (await consumer.state()).startswith("behind: an end was last reached 600 s ago")


async def test_a_loop_that_fails_in_itself_is_a_failure_and_no_progress(
    database: Database, log: PostgresEventLog
) -> None:
    consumer = group(database, log)
    await _run(database, "ALTER TABLE workers RENAME TO elsewhere")
    async with running(consumer.run):
        await until(lambda: consumer.failure)
        assert "workers" in (consumer.failure or "")
        stood = consumer.progress
        await asyncio.sleep(1.5)
        assert consumer.progress == stood
        await _run(database, "ALTER TABLE elsewhere RENAME TO workers")
        await until(lambda: consumer.failure is None and consumer.progress > stood)


async def test_a_partition_that_is_never_idle_notes_that_it_keeps_up(
    database: Database, log: PostgresEventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ends, "NOTED_EVERY_SECONDS", 0.2)
    (key,) = keys_in(GROUP, 0, 1)
    version = 0

    async def write_on() -> None:
        nonlocal version
        while True:
            version += 1
            await append(log, event(GROUP, key, version))

    async def noted(since: Any) -> bool:
        found = await rows(database, "SELECT end_reached_at FROM positions")
        return bool(found and found[0].end_reached_at and found[0].end_reached_at > since)

    async with running(group(database, log).run, write_on):
        for _ in range(2):
            now = (await rows(database, "SELECT clock_timestamp() AS now"))[0].now
            await until(lambda now=now: noted(now))


async def test_batches_of_other_partitions_that_a_slow_one_held_up_are_applied_too(
    database: Database, log: PostgresEventLog
) -> None:
    async def slowly(connection: AsyncConnection, changes: Sequence[Change]) -> None:
        await asyncio.sleep(0.3)
        await journal(connection, changes)

    keys = [key for partition in range(INITIATIVE.partitions) for key in keys_in(INITIATIVE, partition, 1)]
    consumer = group(database, log, INITIATIVE, hook=slowly, timing=replace(FAST, deadline=0.2))
    async with running(consumer.run):
        await read_to_the_end(database, log, INITIATIVE)
        await append(log, *(event(INITIATIVE, key, 1) for key in keys))
        await read_to_the_end(database, log, INITIATIVE)
    assert await journalled(database) == {(key, 1): 1 for key in keys}


class Losing:
    """A log whose readers lose their first batch, as somebody does who reads and forgets to apply."""

    def __init__(self, log: PostgresEventLog) -> None:
        self._log = log
        self.lost = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)

    def reader(self) -> Any:
        reader, read = (found := self._log.reader()), found.read

        async def losing(limit: int, wait: float) -> Mapping[Any, Any]:
            batches = await read(limit, wait)
            if batches and not self.lost:
                self.lost = True
                return {}
            return batches

        reader.read = losing  # type: ignore[method-assign]
        return reader


async def test_a_batch_that_does_not_begin_at_the_held_position_is_read_again_from_there(
    database: Database, log: PostgresEventLog
) -> None:
    first, second = keys_in(GROUP, 0, 2)
    losing: Any = Losing(log)
    async with running(group(database, losing).run):
        await append(log, event(GROUP, first, 1))
        await until(lambda: losing.lost)
        await append(log, event(GROUP, second, 1))
        await read_to_the_end(database, log)
    assert await journalled(database) == {(first, 1): 1, (second, 1): 1}


async def test_a_consumer_that_never_reached_the_end_and_stood_still_for_25_days_begins_again(
    database: Database, log: PostgresEventLog
) -> None:
    """A tombstone that it did not get to may have expired meanwhile."""
    gone, *others = keys_in(GROUP, 0, 4)
    keys = [gone, *others]
    await append(log, *(event(GROUP, key, 1) for key in keys))

    async def stand(connection: AsyncConnection, changes: Sequence[Change]) -> None:
        if any(change.key == others[-1] for change in changes):
            raise groups.DependencyAway
        await journal(connection, changes)

    async with running(group(database, log, batch=2, hook=stand).run):
        await until(lambda: rows(database, "SELECT 1 FROM positions WHERE position = 2 AND failure IS NOT NULL"))
    assert gone in await visible(database)
    async with log._connection() as connection:
        await connection.execute("DELETE FROM log_records WHERE key = $1", gone)
    await _run(database, "UPDATE positions SET since = since - interval '26 days'")
    async with running(group(database, log).run):
        await until(lambda: rows(database, "SELECT 1 FROM positions WHERE position = 4 AND rebuild IS NULL"))
    assert await visible(database) == set(others)


async def test_another_event_of_the_same_version_changes_nothing(database: Database, log: PostgresEventLog) -> None:
    (key,) = keys_in(GROUP, 0, 1)
    await append(log, event(GROUP, key, 7))
    other = event(GROUP, key, 7)
    other = replace(other, value=(other.value or b"").replace(b"version 7", b"something else"))
    async with running(group(database, log).run):
        await read_to_the_end(database, log)
        before = await replicas(database)
        await append(log, other)
        await read_to_the_end(database, log)
    assert await replicas(database) == before

"""Who reads which partition: one worker at a time, also while they join, leave, hang and come back."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from aep_shared.contracts.topics import INITIATIVE
from aep_shared.database import Database
from aep_shared.eventlog.port import TopicPartition
from aep_shared.eventlog.postgres import PostgresEventLog
from tests.shared.consuming import (
    append,
    dead_letters,
    group,
    journalled,
    make_journal,
    positions,
    read_to_the_end,
    replicas,
    rows,
)
from tests.shared.flowing import connected, event, keys_in, other_process, running, until
from tests.shared.timing import FAST

PLACES = {TopicPartition(INITIATIVE.name, number) for number in range(INITIATIVE.partitions)}


@pytest.fixture(autouse=True)
async def _journal(database: Database) -> None:
    await make_journal(database)


def _owned(workers: Sequence[object]) -> list[TopicPartition]:
    return [place for worker in workers for place in worker._ownership.owned]  # type: ignore[attr-defined]


async def test_each_partition_has_exactly_one_owner(database: Database, log: PostgresEventLog) -> None:
    workers = [group(database, log, INITIATIVE) for _ in range(3)]
    async with running(*(worker.run for worker in workers)):
        # With three workers one has two of the four partitions.
        await until(lambda: sorted(len(w._ownership.owned) for w in workers) == [1, 1, 2])
        assert sorted(_owned(workers)) == sorted(PLACES)
        locks = await rows(
            database,
            "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND database ="
            " (SELECT oid FROM pg_database WHERE datname = current_database())",
        )
        assert len(locks) == len(PLACES)


async def _come_and_go(database: Database, log: PostgresEventLog, chance: random.Random, workers: int) -> None:
    """Workers join and leave at random while events are appended; each must be applied exactly once."""
    keys = [key for partition in range(4) for key in keys_in(INITIATIVE, partition, 3)]
    live: list[asyncio.Task[None]] = []
    version = 0
    for _ in range(workers):
        live.append(asyncio.ensure_future(group(database, log, INITIATIVE, batch=7).run()))
        for _ in range(5):
            version += 1
            await append(log, *(event(INITIATIVE, key, version) for key in keys))
            await asyncio.sleep(chance.random() * 0.08)
        if len(live) > 3 or chance.random() < 0.3:
            leaving = live.pop(chance.randrange(len(live)))
            leaving.cancel()
            await asyncio.gather(leaving, return_exceptions=True)
    async with running(group(database, log, INITIATIVE).run):
        await read_to_the_end(database, log, INITIATIVE)
        for task in live:
            task.cancel()
        await asyncio.gather(*live, return_exceptions=True)
    applied = await journalled(database)
    assert set(applied.values()) == {1}
    assert {key: row.version for key, row in (await replicas(database)).items()} == dict.fromkeys(keys, version)
    assert await dead_letters(database) == []


async def test_workers_that_come_and_go_apply_every_event_once(
    database: Database, log: PostgresEventLog, seed: random.Random
) -> None:
    await _come_and_go(database, log, seed, 6)


@pytest.mark.long
async def test_twenty_workers_that_come_and_go_apply_every_event_once(
    database: Database, log: PostgresEventLog, seed: random.Random
) -> None:
    await _come_and_go(database, log, seed, 20)


@pytest.mark.parametrize("moment", ["consumer-after-read", "consumer-in-transaction"])
async def test_a_worker_that_hangs_is_replaced_and_does_no_harm_when_it_goes_on(
    database: Database, log: PostgresEventLog, forker: asyncio.subprocess.Process, moment: str
) -> None:
    keys = [key for partition in range(4) for key in keys_in(INITIATIVE, partition, 2)]
    for version in (1, 2):
        await append(log, *(event(INITIATIVE, key, version) for key in keys))
    async with other_process(forker, moment, database, log) as hanging:
        await hanging.hears("stopping")
        async with running(group(database, log, INITIATIVE).run):
            await read_to_the_end(database, log, INITIATIVE)
            before = await positions(database)
            hanging.go_on()
            await hanging.hears("going on")
            await append(log, *(event(INITIATIVE, key, 3) for key in keys))
            await read_to_the_end(database, log, INITIATIVE)
    after = await positions(database)
    assert all(after[place] >= before[place] for place in before)
    applied = await journalled(database)
    assert set(applied.values()) == {1}
    assert {row.version for row in (await replicas(database)).values()} == {3}
    assert await dead_letters(database) == []


async def test_a_worker_whose_lock_connection_is_cut_drops_everything_and_starts_over(
    database: Database, log: PostgresEventLog
) -> None:
    keys = [key for partition in range(4) for key in keys_in(INITIATIVE, partition, 2)]
    worker, other = group(database, log, INITIATIVE), group(database, log, INITIATIVE)
    async with running(worker.run, other.run), connected(database) as operator:
        await until(lambda: len(worker._ownership.owned) == len(other._ownership.owned) == 2)
        for version in range(1, 16):
            await append(log, *(event(INITIATIVE, key, version) for key in keys))
            if version % 5 == 0:
                await operator.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE application_name = 'aep-lock' AND datname = current_database()"
                )
        await read_to_the_end(database, log, INITIATIVE)
        await until(lambda: len(worker._ownership.owned) == len(other._ownership.owned) == 2)
        assert sorted(_owned([worker, other])) == sorted(PLACES)
    assert set((await journalled(database)).values()) == {1}
    assert {row.version for row in (await replicas(database)).values()} == {15}


async def test_a_position_that_somebody_else_moved_is_not_overwritten(
    database: Database, log: PostgresEventLog
) -> None:
    """The worker is fenced: what it has read is rolled back and read again from where the position is now."""
    first, second, third = keys_in(INITIATIVE, 0, 3)
    await append(log, event(INITIATIVE, first, 1))
    async with running(group(database, log, INITIATIVE).run), connected(database) as other:
        await read_to_the_end(database, log, INITIATIVE)
        await other.execute("UPDATE positions SET position = 2 WHERE partition = 0")
        await append(log, event(INITIATIVE, second, 1))
        await append(log, event(INITIATIVE, third, 1))
        await read_to_the_end(database, log, INITIATIVE)
    # The other owner is taken to have applied the second event.
    assert set(await journalled(database)) == {(first, 1), (third, 1)}


async def test_a_position_is_moved_only_from_where_it_is(database: Database, log: PostgresEventLog) -> None:
    from aep_shared.flow.consumer.positions import Fenced, Position, move

    place = TopicPartition(INITIATIVE.name, 0)
    async with running(group(database, log, INITIATIVE).run):
        await read_to_the_end(database, log, INITIATIVE)
    for believed in (Position("flow", place, 7), Position("flow", place, 0, rebuild=1)):
        with pytest.raises(Fenced):
            async with database.connection() as connection:
                await move(connection, believed, 9)
    assert (await positions(database))[INITIATIVE.name, 0] == 0


async def test_a_silent_worker_is_forgotten_and_its_connection_ended(database: Database, log: PostgresEventLog) -> None:
    async with connected(database) as dead:
        await dead.execute(
            "INSERT INTO workers (consumer_group, id, backend_pid, backend_start, seen_at)"
            " SELECT 'flow', gen_random_uuid(), pid, backend_start, clock_timestamp() - interval '1 hour'"
            " FROM pg_stat_activity WHERE pid = pg_backend_pid()"
        )
        worker = group(database, log, INITIATIVE)
        async with running(worker.run):
            await until(lambda: worker._ownership.owned == PLACES)
        await until(dead.is_closed)
    assert await rows(database, "SELECT 1 FROM workers") == []


_WORKER = """
INSERT INTO workers (consumer_group, id, backend_pid, backend_start, seen_at)
SELECT 'flow', gen_random_uuid(), pid, backend_start + $1::interval, clock_timestamp() + $2::interval
FROM pg_stat_activity WHERE pid = pg_backend_pid()
"""


@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(hours=1)])
async def test_the_partitions_of_a_worker_that_was_killed_are_taken_over_at_once(
    database: Database, log: PostgresEventLog, ahead: timedelta
) -> None:
    """Nobody waits for a silence where there is no backend, whatever the clock said when it was last seen."""
    async with connected(database) as killed, connected(database) as observer:
        await killed.execute(_WORKER, timedelta(0), ahead)
        pid = killed.get_server_pid()
        killed.terminate()
        await until(lambda: observer.fetchval(f"SELECT count(*) = 0 FROM pg_stat_activity WHERE pid = {pid}"))
    worker = group(database, log, INITIATIVE, timing=replace(FAST, silence=20.0))
    async with running(worker.run):
        await until(lambda: worker._ownership.owned == PLACES, 10)
    assert await rows(database, "SELECT 1 FROM workers") == []


async def test_a_step_of_the_clock_does_not_make_a_worker_that_works_silent(
    database: Database, log: PostgresEventLog
) -> None:
    workers = [group(database, log, INITIATIVE) for _ in range(2)]
    async with running(*(worker.run for worker in workers)), connected(database) as clock:
        await until(lambda: [len(worker._ownership.owned) for worker in workers] == [2, 2])
        before = {worker._ownership._id for worker in workers}
        for hours in (-1, 1, -1, 1):
            await clock.execute(f"UPDATE workers SET seen_at = seen_at + interval '{hours} hours'")
            await asyncio.sleep(0.3)
        assert {worker._ownership._id for worker in workers} == before
        assert [len(worker._ownership.owned) for worker in workers] == [2, 2]


async def test_a_worker_that_hangs_is_ended_also_where_the_clock_was_set_back(
    database: Database, log: PostgresEventLog
) -> None:
    async with connected(database) as hanging:
        await hanging.execute(_WORKER, timedelta(0), timedelta(hours=1))
        worker = group(database, log, INITIATIVE)
        async with running(worker.run):
            await until(lambda: worker._ownership.owned == PLACES)
        await until(hanging.is_closed)


async def test_a_process_id_that_is_used_again_is_not_ended(database: Database, log: PostgresEventLog) -> None:
    async with connected(database) as innocent:
        await innocent.execute(_WORKER, timedelta(days=-1), timedelta(hours=-1))
        worker = group(database, log, INITIATIVE)
        async with running(worker.run):
            await until(lambda: worker._ownership.owned == PLACES)
        assert await innocent.fetchval("SELECT 1") == 1
    assert await rows(database, "SELECT 1 FROM workers") == []

"""Replicas: replays change nothing, nothing deleted is revived, a rebuild leaves no reader without data."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from aep_shared.contracts.topics import GROUP, INITIATIVE
from aep_shared.database import Database
from aep_shared.eventlog.port import TopicSpec
from aep_shared.eventlog.postgres import PostgresEventLog
from aep_shared.flow.consumer import Change
from tests.shared.consuming import (
    append,
    dead_letters,
    group,
    journal,
    journalled,
    make_journal,
    read_to_the_end,
    replicas,
    rows,
    visible,
)
from tests.shared.flowing import connected, event, keys_in, running, until
from tests.shared.timing import FAST


@pytest.fixture(autouse=True)
async def _journal(database: Database) -> None:
    await make_journal(database)


async def _run(database: Database, statement: str) -> None:
    async with database.connection() as connection:
        await connection.execute(text(statement))


async def _in_log(log: PostgresEventLog, statement: str) -> None:
    async with log._connection() as connection:
        await connection.execute(statement)


async def test_a_replay_from_the_start_changes_nothing(database: Database, log: PostgresEventLog) -> None:
    keys = keys_in(GROUP, 0, 5)
    await append(log, *(event(GROUP, key, version) for version in (1, 2) for key in keys))
    await append(log, event(GROUP, keys[0], 3, None))
    async with running(group(database, log, batch=3).run):
        await read_to_the_end(database, log)
    before, applied = await replicas(database), await journalled(database)
    await _run(database, "UPDATE positions SET position = 0")
    async with running(group(database, log, batch=2).run):
        await read_to_the_end(database, log)
    assert await replicas(database) == before
    assert await journalled(database) == applied


async def test_an_older_event_after_a_deletion_does_not_revive(database: Database, log: PostgresEventLog) -> None:
    (key,) = keys_in(GROUP, 0, 1)
    await append(log, event(GROUP, key, 5), event(GROUP, key, 7, None), event(GROUP, key, 6))
    async with running(group(database, log, batch=1).run):
        await read_to_the_end(database, log)
        assert await visible(database) == set()
        await append(log, event(GROUP, key, 8))
        await read_to_the_end(database, log)
    assert await visible(database) == {key}


async def test_a_version_that_is_known_changes_nothing_whatever_it_says(
    database: Database, log: PostgresEventLog
) -> None:
    (key,) = keys_in(GROUP, 0, 1)
    first, other = event(GROUP, key, 5), event(GROUP, key, 5, None)
    async with running(group(database, log).run):
        for one in (first, other):
            await append(log, one)
            await read_to_the_end(database, log)
    assert await visible(database) == {key}
    assert len(await journalled(database)) == 1


async def test_events_of_one_key_in_one_batch_leave_the_newest(database: Database, log: PostgresEventLog) -> None:
    (key,) = keys_in(GROUP, 0, 1)
    await append(log, event(GROUP, key, 1), event(GROUP, key, 3), event(GROUP, key, 2))
    async with running(group(database, log).run):
        await read_to_the_end(database, log)
    row = (await replicas(database))[key]
    assert (row.version, row.data["name"]["en"]) == (3, "version 3")


async def _recreate(log: PostgresEventLog) -> None:
    """Empties the log and makes the topics anew: the same names, other identities."""
    await _in_log(log, "DELETE FROM log_records")
    await _in_log(log, "DELETE FROM log_topics")
    await log.create_topics([TopicSpec(t.name, t.partitions) for t in (GROUP, INITIATIVE)])


async def test_a_log_that_was_emptied_starts_a_rebuild_and_readers_never_see_an_empty_table(
    database: Database, log: PostgresEventLog
) -> None:
    kept, changed, gone, *fresh = keys_in(GROUP, 0, 6)
    await append(log, *(event(GROUP, key, 1) for key in (kept, changed, gone)))
    seen: list[set[str]] = []

    async def watch() -> None:
        while True:
            seen.append(await visible(database))
            await asyncio.sleep(0)

    async with running(group(database, log).run):
        await read_to_the_end(database, log)
    await _recreate(log)
    worker = group(database, log)
    async with running(worker.run, watch):
        # While the log is still empty, what is known stays.
        await until(lambda: worker._paused)
        assert await visible(database) == {kept, changed, gone}
        # The new log is longer than the old one, so the position alone tells nothing.
        newer = [event(GROUP, key, 1) for key in fresh]
        await append(log, event(GROUP, kept, 1), event(GROUP, changed, 2), *newer)
        await until(lambda: rows(database, "SELECT 1 FROM positions WHERE position = 5"))
        await read_to_the_end(database, log)
    assert await visible(database) == {kept, changed, *fresh}
    assert all(keys >= {kept, changed} for keys in seen)
    assert (await replicas(database))[gone].version == 1
    applied = await journalled(database)
    assert applied == {(kept, 1): 1, (changed, 1): 1, (changed, 2): 1, (gone, 1): 2} | {(key, 1): 1 for key in fresh}


async def test_a_log_that_is_being_filled_again_takes_nothing_from_readers(
    database: Database, log: PostgresEventLog
) -> None:
    """The owner publishes record by record: the end of the log is reached long before all is there."""
    keys = keys_in(GROUP, 0, 4)
    await append(log, *(event(GROUP, key, 1) for key in keys))
    timing = replace(FAST, sweep_after=3600.0)
    async with running(group(database, log, timing=timing).run):
        await read_to_the_end(database, log)
        await until(lambda: rows(database, "SELECT 1 FROM positions WHERE end_reached_at IS NOT NULL"))
    await _recreate(log)
    async with running(group(database, log, timing=timing).run):
        for number, key in enumerate(keys[:3], start=1):
            await append(log, event(GROUP, key, 2))
            reached = f"position = {number} AND end_reached_at IS NOT NULL"
            await until(partial(rows, database, f"SELECT 1 FROM positions WHERE {reached}"))
            assert await visible(database) == set(keys)
    # Long after that, what was not published again is gone; a restart in between changes nothing.
    await _run(database, "UPDATE positions SET since = clock_timestamp() - interval '2 hours'")
    async with running(group(database, log, timing=timing).run):
        await read_to_the_end(database, log)
    assert await visible(database) == set(keys[:3])


async def test_a_position_outside_the_log_starts_a_rebuild(database: Database, log: PostgresEventLog) -> None:
    kept, lost = keys_in(GROUP, 0, 2)
    await append(log, event(GROUP, kept, 1), event(GROUP, lost, 1))
    async with running(group(database, log).run):
        await read_to_the_end(database, log)
        # As a log that was restored from an older backup: the same identity, fewer records.
        await _in_log(log, """DELETE FROM log_records WHERE "offset" > 0""")
        await _in_log(log, "UPDATE log_partitions SET next_offset = 1 WHERE next_offset > 1")
        await read_to_the_end(database, log)
    assert await visible(database) == {kept}


async def test_a_rebuild_over_an_older_state_keeps_the_newer_one(database: Database, log: PostgresEventLog) -> None:
    """Its owner will publish it again; until then it does not vanish for readers."""
    (key,) = keys_in(GROUP, 0, 1)
    await append(log, event(GROUP, key, 1), event(GROUP, key, 2))
    async with running(group(database, log).run):
        await read_to_the_end(database, log)
    await _recreate(log)
    await append(log, event(GROUP, key, 1))
    async with running(group(database, log).run):
        await until(lambda: rows(database, "SELECT 1 FROM positions WHERE position = 1"))
        await read_to_the_end(database, log)
    row = (await replicas(database))[key]
    assert (row.version, row.deleted, row.data["name"]["en"]) == (2, False, "version 2")
    assert await journalled(database) == {(key, 2): 1}


async def test_a_consumer_that_did_not_reach_the_end_for_25_days_rebuilds(
    database: Database, log: PostgresEventLog
) -> None:
    kept, forgotten = keys_in(GROUP, 0, 2)
    await append(log, event(GROUP, forgotten, 1), event(GROUP, kept, 1))
    async with running(group(database, log).run):
        await read_to_the_end(database, log)
        await until(lambda: rows(database, "SELECT 1 FROM positions WHERE end_reached_at IS NOT NULL"))
    # The tombstone was there and is already removed.
    await _in_log(log, f"DELETE FROM log_records WHERE key = '{forgotten}'")
    await _run(database, "UPDATE positions SET end_reached_at = clock_timestamp() - interval '24 days'")
    async with running(group(database, log).run):
        await until(lambda: rows(database, "SELECT 1 FROM positions WHERE end_reached_at > now() - interval '1 day'"))
    assert await visible(database) == {kept, forgotten}
    await _run(database, "UPDATE positions SET end_reached_at = clock_timestamp() - interval '26 days'")
    async with running(group(database, log).run):
        # The end is noted first; what the rebuild did not see goes with the sweep that comes after it.
        await until(lambda: rows(database, "SELECT 1 FROM positions WHERE end_reached_at > now() - interval '1 day'"))
        await until(lambda: rows(database, "SELECT 1 FROM positions WHERE rebuild IS NULL"))
    assert await visible(database) == {kept}


async def test_a_rebuild_that_is_interrupted_goes_on(database: Database, log: PostgresEventLog) -> None:
    keys = keys_in(GROUP, 0, 40)
    await append(log, *(event(GROUP, key, 1) for key in keys))
    async with running(group(database, log).run):
        await read_to_the_end(database, log)
    await _recreate(log)
    await append(log, *(event(GROUP, key, 1) for key in keys[:-1]))
    for _ in range(3):
        async with running(group(database, log, batch=1).run):
            await until(lambda: rows(database, "SELECT 1 FROM positions WHERE rebuild IS NOT NULL"))
    async with running(group(database, log, batch=1).run):
        await read_to_the_end(database, log)
    assert await visible(database) == set(keys[:-1])


async def test_what_a_rebuild_removed_by_mistake_comes_back_as_a_change(
    database: Database, log: PostgresEventLog
) -> None:
    """The address of another log was set and set right again: the search index must hear of it too."""
    (key,) = keys_in(GROUP, 0, 1)
    await append(log, event(GROUP, key, 1))
    async with running(group(database, log).run):
        await read_to_the_end(database, log)
    before = (await replicas(database))[key].stored_at
    await _run(database, f"UPDATE replicas SET deleted = true, data = NULL WHERE key = '{key}'")
    await _run(database, "UPDATE positions SET log_identity = 'another log'")
    async with running(group(database, log).run):
        await until(lambda: visible(database))
    assert await visible(database) == {key}
    assert await journalled(database) == {(key, 1): 2}
    assert (await replicas(database))[key].stored_at > before


async def test_two_workers_project_an_initiative_and_what_belongs_to_it_at_once(
    database: Database, log: PostgresEventLog
) -> None:
    """Both hooks write to both rows, in opposite order: a deadlock is waited out and nothing is lost."""
    await _run(database, "CREATE TABLE marks (name text PRIMARY KEY, n integer)")
    await _run(database, "INSERT INTO marks VALUES ('a', 0), ('b', 0)")
    both = asyncio.Barrier(2)
    tries = 0

    async def mark(connection: AsyncConnection, changes: Sequence[Change]) -> None:
        nonlocal tries
        tries += 1
        names = ["a", "b"] if changes[0].topic == GROUP.name else ["b", "a"]
        await connection.execute(text("UPDATE marks SET n = n + 1 WHERE name = :name"), {"name": names[0]})
        if tries <= 2:
            await both.wait()
        await connection.execute(text("UPDATE marks SET n = n + 1 WHERE name = :name"), {"name": names[1]})
        await journal(connection, changes)

    (here,), (there,) = keys_in(GROUP, 0, 1), keys_in(INITIATIVE, 0, 1)
    workers = [group(database, log, GROUP, INITIATIVE, hook=mark) for _ in range(2)]
    async with running(*(worker.run for worker in workers)):
        await until(lambda: sorted(len(worker._ownership.owned) for worker in workers) == [2, 3])
        # The initiative arrives with or without what it refers to: there are no foreign keys.
        await append(log, event(GROUP, here, 1), event(INITIATIVE, there, 1))
        await read_to_the_end(database, log, GROUP, INITIATIVE)
    assert await visible(database) == {here, there}
    assert tries > 2
    assert {row.n for row in await rows(database, "SELECT n FROM marks")} == {2}
    assert set((await journalled(database)).values()) == {1}
    assert await dead_letters(database) == []


async def test_a_consumer_behind_a_compacted_log_has_the_newest_of_each_key(
    database: Database, log: PostgresEventLog
) -> None:
    keys = keys_in(GROUP, 0, 3)
    for version in range(1, 5):
        await append(log, *(event(GROUP, key, version) for key in keys))
    assert await log.compact() == 9
    async with connected(database), running(group(database, log).run):
        await read_to_the_end(database, log)
    assert {key: row.version for key, row in (await replicas(database)).items()} == dict.fromkeys(keys, 4)

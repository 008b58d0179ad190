"""What a consumer does about events that fail by themselves, and about failures that are nobody's fault."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from aep_shared.contracts.topics import GROUP, INITIATIVE
from aep_shared.database import Database, waiting_helps
from aep_shared.eventlog.port import LogUnavailable, Record
from aep_shared.eventlog.postgres import PostgresEventLog
from aep_shared.flow.consumer import Change
from aep_shared.flow.consumer.group import ATTEMPTS, DependencyAway
from tests.shared.consuming import (
    append,
    dead_letters,
    group,
    journal,
    journalled,
    make_journal,
    positions,
    read_to_the_end,
    replicas,
    rows,
    visible,
)
from tests.shared.flowing import connected, event, keys_in, running, until


@pytest.fixture(autouse=True)
async def _journal(database: Database) -> None:
    await make_journal(database)


NONSENSE = b'{"kind": 7}'


async def test_an_event_that_fails_by_itself_is_set_aside_and_its_neighbours_are_applied(
    database: Database, log: PostgresEventLog
) -> None:
    before, bad, after = keys_in(GROUP, 0, 3)
    await append(log, event(GROUP, before, 1), event(GROUP, bad, 1, NONSENSE), event(GROUP, after, 1))
    async with running(group(database, log).run):
        await read_to_the_end(database, log)
    assert await visible(database) == {before, after}
    (letter,) = await dead_letters(database)
    assert (letter.consumer_group, letter.topic, letter.partition, letter.offset) == (
        "flow",
        GROUP.name,
        0,
        1,
    )
    assert (letter.key, letter.version, letter.state, letter.attempts) == (bad, 1, "open", ATTEMPTS)
    assert letter.value == NONSENSE
    assert letter.headers["ce_type"] == GROUP.name
    assert "MalformedEvent" in letter.error
    assert "Traceback" in letter.stack


async def test_a_later_version_settles_a_dead_letter(database: Database, log: PostgresEventLog) -> None:
    (key,) = keys_in(GROUP, 0, 1)
    await append(log, event(GROUP, key, 1), event(GROUP, key, 2, NONSENSE), event(GROUP, key, 3))
    async with running(group(database, log).run):
        await read_to_the_end(database, log)
    assert (await replicas(database))[key].version == 3
    assert [letter.state for letter in await dead_letters(database)] == ["settled"]


async def test_an_older_version_that_comes_again_does_not_settle_a_dead_letter(
    database: Database, log: PostgresEventLog
) -> None:
    (key,) = keys_in(GROUP, 0, 1)
    await append(log, event(GROUP, key, 1), event(GROUP, key, 2, NONSENSE))
    async with running(group(database, log).run):
        await read_to_the_end(database, log)
        await append(log, event(GROUP, key, 1))
        await read_to_the_end(database, log)
        assert [letter.state for letter in await dead_letters(database)] == ["open"]


async def test_a_version_that_no_column_holds_is_set_aside(database: Database, log: PostgresEventLog) -> None:
    huge, good = keys_in(GROUP, 0, 2)
    await append(log, event(GROUP, huge, 10**30), event(GROUP, good, 1))
    async with running(group(database, log).run):
        await read_to_the_end(database, log)
    assert await visible(database) == {good}
    assert [letter.key for letter in await dead_letters(database)] == [huge]


async def test_a_record_that_is_no_event_is_set_aside(database: Database, log: PostgresEventLog) -> None:
    (good,) = keys_in(GROUP, 0, 1)
    await append(log, Record(GROUP.name, 0, "no-headers", b"{}"), event(GROUP, good, 1))
    async with running(group(database, log).run):
        await read_to_the_end(database, log)
    assert await visible(database) == {good}
    assert [letter.key for letter in await dead_letters(database)] == ["no-headers"]


async def test_a_strict_group_stands_still_before_the_event_that_fails(
    database: Database, log: PostgresEventLog
) -> None:
    before, bad, after = keys_in(GROUP, 0, 3)
    await append(log, event(GROUP, before, 1), event(GROUP, bad, 1, NONSENSE), event(GROUP, after, 1))
    strict = group(database, log, strict=True)
    async with running(strict.run):
        await until(lambda: strict.failure)
        # It tries again and again, and stands where it stood.
        await until(lambda: any(pause.seconds > 0.25 for pause in strict._paused.values()))
        assert "MalformedEvent" in (strict.failure or "")
    assert await positions(database) == {(GROUP.name, 0): 1}
    assert await visible(database) == {before}
    assert await dead_letters(database) == []


async def test_a_dependency_that_is_away_is_asked_less_and_less_often_and_nothing_is_lost(
    database: Database, log: PostgresEventLog
) -> None:
    away, tries = True, 0

    async def ask(connection: AsyncConnection, changes: Sequence[Change]) -> None:
        nonlocal tries
        tries += 1
        if away:
            raise DependencyAway
        await journal(connection, changes)

    keys = keys_in(GROUP, 0, 3)
    await append(log, *(event(GROUP, key, 1) for key in keys))
    consumer = group(database, log, hook=ask)
    async with running(consumer.run):
        await until(lambda: tries)
        first = tries
        async with connected(database) as clock:
            await clock.execute("SELECT pg_sleep(1.6)")
        # Pauses of 0.25, 0.5 and 1 second fit in here, hardly more.
        assert tries - first <= 4
        away = False
        await read_to_the_end(database, log)
    assert await journalled(database) == {(key, 1): 1 for key in keys}
    assert await dead_letters(database) == []


async def test_a_pause_of_one_partition_leaves_the_others_alone(database: Database, log: PostgresEventLog) -> None:
    (held,), (free,) = keys_in(INITIATIVE, 0, 1), keys_in(INITIATIVE, 1, 1)

    async def ask(connection: AsyncConnection, changes: Sequence[Change]) -> None:
        if any(change.key == held for change in changes):
            raise DependencyAway
        await journal(connection, changes)

    await append(log, event(INITIATIVE, held, 1), event(INITIATIVE, free, 1))
    async with running(group(database, log, INITIATIVE, hook=ask).run):
        await until(lambda: _sees(database, free))
        await append(log, event(INITIATIVE, free, 2))

        async def second() -> bool:
            return (free, 2) in await journalled(database)

        await until(second)
    assert held not in await visible(database)


async def _sees(database: Database, key: str) -> bool:
    return key in await visible(database)


# A lost connection, too many of them, a full disk, a server that is read-only or goes down, a session ended
# in its transaction, a row that somebody else has locked for long, a deadlock, a serialisation failure, a statement
# that took too long, a disk that fails.
@pytest.mark.parametrize(
    "sqlstate",
    ["08006", "53300", "53100", "25006", "57P01", "25P03", "55P03", "40P01", "40001", "57014", "58030"],
)
async def test_trouble_of_the_server_is_told_from_a_fault_of_the_statement(database: Database, sqlstate: str) -> None:
    with pytest.raises(DBAPIError) as caught:
        await _raise(database, sqlstate)
    assert waiting_helps(caught.value)


# A wrong value, a constraint, a missing table.
@pytest.mark.parametrize("sqlstate", ["22P05", "23514", "42P01"])
async def test_a_fault_of_the_statement_is_not_waited_for(database: Database, sqlstate: str) -> None:
    with pytest.raises(DBAPIError) as caught:
        await _raise(database, sqlstate)
    assert not waiting_helps(caught.value)


async def _raise(database: Database, sqlstate: str) -> None:
    async with database.connection() as connection:
        await connection.execute(text(f"DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{sqlstate}'; END $$"))


async def test_a_row_that_somebody_else_has_locked_for_long_is_waited_for(
    database: Database, log: PostgresEventLog
) -> None:
    tries = 0

    async def use_row(connection: AsyncConnection, changes: Sequence[Change]) -> None:
        nonlocal tries
        tries += 1
        await connection.execute(text("SET LOCAL lock_timeout = '20ms'"))
        await connection.execute(text("UPDATE relay_cursor SET published_to = 0"))
        await journal(connection, changes)

    (key,) = keys_in(GROUP, 0, 1)
    async with connected(database) as holder, running(group(database, log, hook=use_row).run):
        await holder.execute("BEGIN; UPDATE relay_cursor SET published_to = 0")
        await append(log, event(GROUP, key, 1))
        # One attempt with the batch and as many alone would be the end of an event that is to blame.
        await until(lambda: tries > ATTEMPTS)
        await asyncio.sleep(0.3)
        await holder.execute("ROLLBACK")
        await read_to_the_end(database, log)
    assert await dead_letters(database) == []
    assert await journalled(database) == {(key, 1): 1}


async def test_a_database_that_goes_away_and_comes_back_loses_nothing(
    database: Database, log: PostgresEventLog
) -> None:
    keys = keys_in(GROUP, 0, 60)
    async with running(group(database, log, batch=5).run), connected(database) as operator:
        for number, key in enumerate(keys):
            await append(log, event(GROUP, key, 1))
            if number % 20 == 10:
                await _end_all(operator)
        await read_to_the_end(database, log)
    assert await journalled(database) == {(key, 1): 1 for key in keys}
    assert await dead_letters(database) == []


async def _end_all(operator: asyncpg.Connection) -> None:
    await operator.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )


async def _append_in_spite_of_all(log: PostgresEventLog, record: Record) -> None:
    while True:
        with contextlib.suppress(LogUnavailable):
            return await append(log, record)


async def test_a_log_that_goes_away_and_comes_back_loses_nothing(database: Database, log: PostgresEventLog) -> None:
    keys = keys_in(GROUP, 0, 40)
    operator = await asyncpg.connect(log.dsn)
    async with running(group(database, log, batch=5).run):
        for number, key in enumerate(keys):
            await _append_in_spite_of_all(log, event(GROUP, key, 1))
            if number % 20 == 10:
                await _end_all(operator)
        await read_to_the_end(database, log)
    operator.terminate()
    assert await journalled(database) == {(key, 1): 1 for key in keys}


async def test_a_pause_that_is_over_is_forgotten(database: Database, log: PostgresEventLog) -> None:
    """Else every turn of the loop would open all partitions anew."""
    opened = 0

    class Counting:
        def __getattr__(self, name: str) -> object:
            return getattr(log, name)

        async def identity(self, topic: str) -> str:
            nonlocal opened
            opened += 1
            return await log.identity(topic)

    away = True

    async def ask(_connection: AsyncConnection, _changes: Sequence[Change]) -> None:
        if away:
            raise DependencyAway

    bad, good = keys_in(GROUP, 0, 2)
    await append(log, event(GROUP, good, 1))
    async with running(group(database, Counting(), hook=ask).run):  # type: ignore[arg-type]
        await until(lambda: opened > 1)
        # The waiting event is taken away by compaction of a later one that fails by itself.
        await append(log, event(GROUP, good, 2, NONSENSE), event(GROUP, bad, 1, NONSENSE))
        await log.compact()
        away = False
        await read_to_the_end(database, log)
        before = opened
        async with connected(database) as clock:
            await clock.execute("SELECT pg_sleep(1)")
        assert opened - before <= 1
    assert len(await rows(database, "SELECT 1 FROM dead_letters")) == 2

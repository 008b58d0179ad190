"""The relay and missing ids: what is still being written is waited for, what was rolled back is passed."""

from __future__ import annotations

import asyncio
import random

import asyncpg
import pytest

from aep_shared.contracts.topics import INITIATIVE
from aep_shared.database import Database
from aep_shared.eventlog.postgres import PostgresEventLog
from aep_shared.flow.relay import Relay
from aep_shared.ids import new_id
from tests.shared.flowing import (
    connected,
    insert_row,
    keys_of,
    leading,
    records_of,
    running,
    until,
    version_of,
)
from tests.shared.timing import FAST


async def test_a_lower_id_that_commits_later_is_waited_for(database: Database, log: PostgresEventLog) -> None:
    async with connected(database) as slow, connected(database) as quick, leading(database, log) as relay:
        transaction = slow.transaction()
        await transaction.start()
        await insert_row(slow, "first")
        await insert_row(quick, "second")
        await relay.drain()
        assert await keys_of(log) == []
        await transaction.commit()
        await relay.drain()
        assert await keys_of(log) == ["first", "second"]


async def test_a_rolled_back_id_is_passed(database: Database, log: PostgresEventLog) -> None:
    async with connected(database) as writer, leading(database, log) as relay:
        transaction = writer.transaction()
        await transaction.start()
        await insert_row(writer, "never")
        await transaction.rollback()
        await insert_row(writer, "kept")
        await relay.drain()
        assert await keys_of(log) == ["kept"]


@pytest.mark.parametrize("fetch", [1, 2, 3])
async def test_a_writer_that_commits_at_any_moment_of_a_step_is_not_passed_as_a_gap(
    database: Database, log: PostgresEventLog, fetch: int
) -> None:
    """Before the rows are read, between them and the look at who still writes, and after that."""
    async with connected(database) as slow, connected(database) as quick, leading(database, log) as relay:
        transaction = slow.transaction()
        await transaction.start()
        await insert_row(slow, "first")
        await insert_row(quick, "second")
        relay.before_fetch(fetch, transaction.commit)
        await relay.drain()
        assert await keys_of(log) == ["first", "second"]


async def test_gaps_are_passed_while_an_unrelated_transaction_writes_for_long(
    database: Database, log: PostgresEventLog
) -> None:
    async with (
        connected(database) as long,
        connected(database) as slow,
        connected(database) as quick,
        leading(database, log) as relay,
    ):
        await long.execute("CREATE TABLE elsewhere (n integer)")
        unrelated = long.transaction()
        await unrelated.start()
        # A transaction id lower than all that follow, and a write in the same database.
        await long.execute("INSERT INTO elsewhere SELECT txid_current() % 1000")
        late = slow.transaction()
        await late.start()
        await insert_row(slow, "late")
        rolled_back = quick.transaction()
        await rolled_back.start()
        await insert_row(quick, "never")
        await rolled_back.rollback()
        await insert_row(quick, "after")
        await relay.drain()
        assert await keys_of(log) == []
        await late.commit()
        await relay.drain()
        assert await keys_of(log) == ["late", "after"]
        await unrelated.rollback()


async def test_writers_that_come_after_the_gap_do_not_prolong_it(database: Database, log: PostgresEventLog) -> None:
    async with (
        connected(database) as first,
        connected(database) as later,
        connected(database) as quick,
        leading(database, log) as relay,
    ):
        gap = first.transaction()
        await gap.start()
        await insert_row(first, "never")
        await insert_row(quick, "waiting")
        assert await relay.step() == 0
        # From now on somebody always holds the lock on the outbox.
        newcomer = later.transaction()
        await newcomer.start()
        await insert_row(later, "unfinished")
        await gap.rollback()
        await relay.drain()
        assert await keys_of(log) == ["waiting"]
        await newcomer.commit()
        await relay.drain()
        assert await keys_of(log) == ["waiting", "unfinished"]


async def test_a_relay_rests_again_after_a_gap_was_filled(database: Database, log: PostgresEventLog) -> None:
    """A watch over a gap makes it look often; one that outlives its gap would never let it rest."""
    async with connected(database) as slow, connected(database) as quick, leading(database, log) as relay:
        transaction = slow.transaction()
        await transaction.start()
        await insert_row(slow, "first")
        await insert_row(quick, "second")
        assert await relay.step() == 0
        assert relay.relay._watched
        await transaction.commit()
        await relay.drain()
        assert await keys_of(log) == ["first", "second"]
        assert relay.relay._watched is None


async def test_changes_of_one_key_keep_their_order_against_that_of_their_transaction_ids(
    database: Database, log: PostgresEventLog
) -> None:
    async with connected(database) as older, connected(database) as newer, leading(database, log) as relay:
        transaction = older.transaction()
        await transaction.start()
        low = await older.fetchval("SELECT txid_current()")
        async with newer.transaction():
            high = await newer.fetchval("SELECT txid_current()")
            await insert_row(newer, "key", 1)
        await insert_row(older, "key", 2)
        await transaction.commit()
        assert low < high
        await relay.drain()
        assert [version_of(record) for record in await records_of(log)] == [1, 2]


async def test_a_writer_held_between_its_id_and_its_transaction_id_loses_nothing(
    database: Database, log: PostgresEventLog
) -> None:
    """Evaluating a default after `id` may take its time; such a writer has no transaction id yet."""
    async with connected(database) as guard, connected(database) as slow, leading(database, log) as relay:
        await guard.execute(
            "CREATE FUNCTION slowly() RETURNS text LANGUAGE plpgsql VOLATILE AS"
            " $$ BEGIN PERFORM pg_advisory_lock_shared(1), pg_advisory_unlock_shared(1); RETURN NULL; END $$"
        )
        await guard.execute("ALTER TABLE outbox ALTER COLUMN traceparent SET DEFAULT slowly()")
        # Only the first of 32 ids is logged, which needs a transaction id; the next are drawn without one.
        await insert_row(guard, "before")
        await guard.execute("SELECT pg_advisory_lock(1)")
        inserting = asyncio.ensure_future(insert_row(slow, "slow"))
        await until(lambda: guard.fetchval("SELECT last_value = 2 FROM outbox_id"))
        xids = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND backend_xid IS NULL"
        assert await until(lambda: guard.fetchval(xids)) == 1
        await guard.execute(
            "INSERT INTO outbox (topic, key, version, traceparent) VALUES ('aep.registry.group.v1', 'quick', 1, NULL)"
        )
        await relay.drain()
        assert await keys_of(log) == ["before"]
        await guard.execute("SELECT pg_advisory_unlock(1)")
        await inserting
        await relay.drain()
        assert await keys_of(log) == ["before", "slow", "quick"]


async def test_a_prepared_writer_is_waited_for_whether_it_was_prepared_before_or_after_the_gap_was_seen(
    database: Database, log: PostgresEventLog
) -> None:
    async with connected(database) as writer, connected(database) as quick, leading(database, log) as relay:
        for seen_first in (False, True):
            name = f"prepared-{seen_first}"
            await writer.execute("BEGIN")
            await insert_row(writer, name)
            await insert_row(quick, "after")
            if seen_first:
                await relay.drain()
            await writer.execute(f"PREPARE TRANSACTION '{name}'")
            before = await keys_of(log)
            await relay.drain()
            assert await keys_of(log) == before
            await quick.execute(f"COMMIT PREPARED '{name}'")
            await relay.drain()
            assert await keys_of(log) == [*before, name, "after"]


async def test_a_prepared_writer_that_is_rolled_back_leaves_a_gap_that_is_passed(
    database: Database, log: PostgresEventLog
) -> None:
    async with connected(database) as writer, leading(database, log) as relay:
        await writer.execute("BEGIN")
        await insert_row(writer, "never")
        await writer.execute("PREPARE TRANSACTION 'dropped'")
        await insert_row(writer, "after")
        await relay.drain()
        assert await keys_of(log) == []
        await writer.execute("ROLLBACK PREPARED 'dropped'")
        await relay.drain()
        assert await keys_of(log) == ["after"]


async def test_a_savepoint_that_is_rolled_back_does_not_hide_what_its_transaction_still_writes(
    database: Database, log: PostgresEventLog
) -> None:
    async with connected(database) as writer, connected(database) as quick, leading(database, log) as relay:
        await writer.execute("BEGIN")
        await writer.execute("SAVEPOINT here")
        await insert_row(writer, "undone")
        await writer.execute("ROLLBACK TO SAVEPOINT here")
        await insert_row(quick, "between")
        await insert_row(writer, "kept")
        await insert_row(quick, "after")
        await relay.drain()
        assert "after" not in await keys_of(log)
        await writer.execute("COMMIT")
        await relay.drain()
        assert await keys_of(log) == ["between", "kept", "after"]


async def _write(database: Database, chance: random.Random, keys: list[str], kept: list[tuple[str, int]]) -> None:
    """Random transactions of one writer on keys of its own; remembers what was committed."""
    version = 0
    async with connected(database) as connection:
        for _ in range(40):
            transaction, rows = connection.transaction(), []
            await transaction.start()
            for key in chance.choices(keys, k=chance.randint(1, 4)):
                version += 1
                await insert_row(connection, key, version, INITIATIVE)
                rows.append((key, version))
                await asyncio.sleep(chance.random() * 0.004)
            if chance.random() < 0.3:
                await transaction.rollback()
            else:
                await transaction.commit()
                kept += rows


async def _write_elsewhere(connection: asyncpg.Connection) -> None:
    await connection.execute("CREATE TABLE elsewhere (n integer)")
    await connection.execute("BEGIN")
    await connection.execute("INSERT INTO elsewhere VALUES (1)")


async def test_many_writers_lose_nothing_and_keep_the_order_of_each_key(
    database: Database, log: PostgresEventLog, seed: random.Random
) -> None:
    kept: list[list[tuple[str, int]]] = [[] for _ in range(8)]
    relay = Relay(database, log, "registry", timing=FAST, batch=25)
    async with connected(database) as long, running(relay.run):
        await _write_elsewhere(long)
        writers = [
            _write(database, random.Random(seed.random()), [str(new_id()) for _ in range(3)], mine) for mine in kept
        ]
        await asyncio.gather(*writers)
        total = sum(map(len, kept))

        async def arrived() -> bool:
            return len({record.headers["ce_id"] for record in await records_of(log, INITIATIVE)}) == total

        await until(arrived)
    expected: dict[str, list[int]] = {}
    for key, version in (pair for mine in kept for pair in mine):
        expected.setdefault(key, []).append(version)
    found: dict[str, list[int]] = {}
    for record in await records_of(log, INITIATIVE):
        found.setdefault(record.key, []).append(version_of(record))
    assert found == expected

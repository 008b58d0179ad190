"""The outbox: what a transaction publishes, in which order, and what it must not publish."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from aep_shared.contracts.topics import GROUP
from aep_shared.database import Database, is_retryable
from aep_shared.flow import outbox
from aep_shared.flow.outbox import Aggregate, StateTooLarge, note, publish
from tests.shared.flowing import add, change, changed, connected, created, outbox_rows, until
from tests.shared.tables import GROUPS, INITIATIVES


async def test_a_change_publishes_the_whole_state_with_a_rising_version(database: Database) -> None:
    record_id = await created(database, GROUPS, "Before")
    await changed(database, GROUPS, record_id, "After")
    rows = await outbox_rows(database)
    assert [orjson.loads(row.value)["name"]["en"] for row in rows] == ["Before", "After"]
    assert rows[0].version < rows[1].version
    async with database.reading() as session:
        version = await session.scalar(select(GROUPS.root.c.event_version).where(GROUPS.root.c.id == record_id))
    assert version == rows[1].version


async def test_the_version_rises_even_where_the_clock_is_behind_it(database: Database) -> None:
    record_id = await created(database, GROUPS)
    async with database.transaction() as session:
        await session.execute(text("UPDATE groups SET event_version = 9000000000000000"))
    await changed(database, GROUPS, record_id, "After")
    assert (await outbox_rows(database))[-1].version == 9000000000000001


async def test_what_was_never_public_publishes_nothing(database: Database) -> None:
    record_id = await created(database, GROUPS, draft=True)
    await changed(database, GROUPS, record_id, "Still a draft")
    assert await outbox_rows(database) == []


async def test_what_stops_being_public_publishes_a_tombstone(database: Database) -> None:
    record_id = await created(database, GROUPS)
    await changed(database, GROUPS, record_id, "Hidden", deleted_at=datetime.now(UTC))
    public, hidden = await outbox_rows(database)
    assert public.value is not None
    assert hidden.value is None
    assert hidden.version > public.version
    assert hidden.key == str(record_id)


async def test_a_transaction_that_fails_publishes_nothing(database: Database) -> None:
    async def fail() -> None:
        async with database.transaction() as session:
            await add(session, GROUPS)
            await publish(session)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await outbox_rows(database) == []


async def test_a_state_that_no_event_can_carry_is_refused(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    # No text of a group is as long as an event may be, so events are made shorter.
    monkeypatch.setattr(outbox, "MAX_RECORD_BYTES", 300)
    with pytest.raises(StateTooLarge):
        await created(database, GROUPS, "x" * 300)
    assert await outbox_rows(database) == []


async def test_a_state_that_does_not_fit_its_contract_is_refused(database: Database) -> None:
    with pytest.raises(ValueError, match="Initiative"):
        await created(database, Aggregate(INITIATIVES.topic, INITIATIVES.root, _without_title))


async def _without_title(_connection: AsyncConnection, ids: Sequence[UUID]) -> Mapping[UUID, dict[str, Any]]:
    return {key: {"id": key, "slug": "no-title"} for key in ids}


async def _change_both(database: Database, ids: Sequence[UUID], title: str, both: asyncio.Barrier) -> int:
    """Changes records and publishes, again as a whole after a deadlock as the edge does; how many tries."""
    for attempt in range(1, 4):
        try:
            async with database.transaction() as session:
                if attempt == 1:
                    await both.wait()
                for record_id in ids:
                    await change(session, GROUPS, record_id, title)
                    await asyncio.sleep(0.05)
                await publish(session)
            return attempt
        except Exception as problem:
            if not is_retryable(problem):
                raise
    raise AssertionError("a deadlock was not resolved by three tries")


async def test_two_transactions_that_change_the_same_records_in_opposite_order_both_succeed(
    database: Database,
) -> None:
    first, second = await created(database, GROUPS, "1"), await created(database, GROUPS, "2")
    both = asyncio.Barrier(2)
    await asyncio.gather(
        _change_both(database, [first, second], "there", both),
        _change_both(database, [second, first], "back", both),
    )
    rows = (await outbox_rows(database))[2:]
    assert len(rows) == 4
    assert {row.key for row in rows[:2]} == {row.key for row in rows[2:]} == {str(first), str(second)}
    assert orjson.loads(rows[-1].value)["name"] == orjson.loads(rows[-2].value)["name"]


async def test_publishing_itself_never_deadlocks(database: Database) -> None:
    """The records were only noted; the locks of `publish` come in one order whatever was noted first."""
    async with database.transaction() as session:
        ids = [await add(session, GROUPS, str(number)) for number in range(20)]
        await publish(session)

    async def republish(chosen: list[UUID]) -> None:
        async with database.transaction() as session:
            for record_id in chosen:
                note(session, GROUPS, record_id)
            await publish(session)

    async with connected(database) as holder, connected(database) as observer:
        for _ in range(4):
            # Both are held up in the middle of their locks and go on at the same time.
            await holder.execute("BEGIN")
            await holder.execute("SELECT 1 FROM groups WHERE id = $1 FOR UPDATE", ids[10])
            both = asyncio.gather(republish(ids), republish(ids[::-1]))
            await until(lambda: observer.fetchval("SELECT count(*) = 2 FROM pg_locks WHERE NOT granted"))
            await holder.execute("COMMIT")
            await both
    assert len(await outbox_rows(database)) == 20 + 4 * 2 * 20


async def test_the_outbox_is_not_locked_while_another_aggregate_is_waited_for(database: Database) -> None:
    """Else every event of the service would wait behind whoever holds that record."""
    group = await created(database, GROUPS)
    initiative = await created(database, INITIATIVES)
    async with connected(database) as holder, connected(database) as observer:
        await holder.execute("BEGIN")
        await holder.execute("SELECT 1 FROM initiatives WHERE id = $1 FOR UPDATE", initiative)

        async def publish_both() -> None:
            async with database.transaction() as session:
                note(session, GROUPS, group)
                note(session, INITIATIVES, initiative)
                await publish(session)

        publishing = asyncio.ensure_future(publish_both())
        await until(lambda: observer.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"))
        locks = "SELECT count(*) FROM pg_locks WHERE relation = 'outbox'::regclass AND mode = 'RowExclusiveLock'"
        held = await observer.fetchval(locks)
        await holder.execute("COMMIT")
        await publishing
    assert held == 0
    assert len(await outbox_rows(database)) == 4


async def test_a_change_that_was_waited_for_is_in_the_state(database: Database) -> None:
    """Parts of an aggregate may be changed by two transactions at once: the second publishes both changes."""
    async with database.transaction() as session:
        await session.execute(text("CREATE TABLE parts (root uuid, name text)"))
        root = await add(session, PARTED)
        await publish(session)

    async def add_part(name: str, wait: asyncio.Event, done: asyncio.Event) -> None:
        async with database.transaction() as session:
            await session.execute(text("INSERT INTO parts VALUES (:root, :name)"), {"root": root, "name": name})
            note(session, PARTED, root)
            await wait.wait()
            await publish(session)
            done.set()
            await asyncio.sleep(0.1)

    published, now = asyncio.Event(), asyncio.Event()
    now.set()
    await asyncio.gather(add_part("first", now, published), add_part("second", published, asyncio.Event()))
    states = [orjson.loads(row.value)["aliases"] for row in await outbox_rows(database)]
    assert [[alias["name"] for alias in state] for state in states] == [[], ["first"], ["first", "second"]]


async def _with_parts(connection: AsyncConnection, ids: Sequence[UUID]) -> Mapping[UUID, dict[str, Any]]:
    rows = await connection.execute(text("SELECT root, name FROM parts ORDER BY name"))
    names = [(row.root, row.name) for row in rows]
    return {
        key: {
            "id": key,
            "slug": "parted",
            "kind": "working",
            "name": {"en": "Parted"},
            "aliases": [{"name": name} for root, name in names if root == key],
        }
        for key in ids
    }


PARTED = Aggregate(GROUP, GROUPS.root, _with_parts)


async def test_the_commit_of_an_event_is_durable_whatever_the_database_is_set_to(database: Database) -> None:
    """Else a crash could give out ids again that the relay has already passed."""
    async with connected(database) as operator:
        name = await operator.fetchval("SELECT quote_ident(current_database())")
        await operator.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
        try:
            async with Fresh(database) as fresh, fresh.transaction() as session:
                assert await session.scalar(text("SHOW synchronous_commit")) == "on"
                connection = await fresh.raw()
                assert await connection.fetchval("SHOW synchronous_commit") == "on"
                connection.terminate()
        finally:
            await operator.execute(f"ALTER DATABASE {name} RESET synchronous_commit")


class Fresh:
    """The same database through a pool of its own, so that no older connection is used."""

    def __init__(self, database: Database) -> None:
        self._database = Database(database.dsn)

    async def __aenter__(self) -> Database:
        return self._database

    async def __aexit__(self, *_: object) -> None:
        await self._database.close()


async def test_what_is_noted_in_one_session_is_not_published_by_another(database: Database) -> None:
    async with database.transaction() as session:
        record_id = await add(session, GROUPS)
        await publish(session)
    async with AsyncSession(database.engine) as session:
        note(session, GROUPS, record_id)
    async with database.transaction() as session:
        assert await publish(session) == []


async def test_topics_are_locked_in_one_order_whatever_the_order_of_noting(database: Database) -> None:
    """Else two transactions that change an initiative and a group, each in its own order, wait for each other."""
    group_id, initiative_id = await created(database, GROUPS), await created(database, INITIATIVES)
    noted = [(GROUPS, group_id), (INITIATIVES, initiative_id)]
    for order in (noted, noted[::-1]):
        async with connected(database) as holder:
            await holder.execute("BEGIN")
            await holder.execute("SELECT 1 FROM groups WHERE id = $1 FOR UPDATE", group_id)
            async with database.transaction() as session:
                for aggregate, record_id in order:
                    note(session, aggregate, record_id)
                publishing = asyncio.ensure_future(publish(session))
                await until(lambda holder=holder: holder.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"))
                # The group comes first for everybody, so nothing else is held while it is waited for.
                free = "SELECT count(*) FROM (SELECT 1 FROM initiatives WHERE id = $1 FOR UPDATE SKIP LOCKED) AS free"
                assert await holder.fetchval(free, initiative_id) == 1
                await holder.execute("ROLLBACK")
                await publishing

"""The reconciler: what the log has wrongly is found and mended, and nothing else is published."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime
from uuid import UUID

import orjson
import pytest
from sqlalchemy import text

from aep_shared.contracts.topics import GROUP, INITIATIVE, Topic
from aep_shared.database import Database
from aep_shared.eventlog.postgres import PostgresEventLog
from aep_shared.flow.outbox import Aggregate
from aep_shared.flow.reconciler import reconcile, republish
from aep_shared.flow.relay import Relay
from aep_shared.ids import new_id
from tests.shared.consuming import group, make_journal, read_to_the_end, visible
from tests.shared.flowing import (
    changed,
    created,
    event,
    leading,
    outbox_rows,
    records_of,
    running,
    until,
    version_of,
)
from tests.shared.tables import GROUPS, INITIATIVES
from tests.shared.timing import FAST


async def _publish_all(database: Database, log: PostgresEventLog) -> None:
    async with leading(database, log) as relay:
        await relay.drain()


async def _run(database: Database, statement: str, **values: object) -> None:
    async with database.connection() as connection:
        await connection.execute(text(statement), values)


async def _titles(log: PostgresEventLog, topic: Topic = GROUP) -> dict[str, str | None]:
    """The last state of each key on the log: what a consumer of the compacted topic knows."""
    field = "name" if topic == GROUP else "title"
    return {
        record.key: orjson.loads(record.value)[field]["en"] if record.value else None
        for record in await records_of(log, topic)
    }


@pytest.mark.parametrize("compacted", [True, False])
async def test_an_older_state_last_on_a_compacted_topic_is_found_and_mended(
    database: Database, log: PostgresEventLog, compacted: bool
) -> None:
    record_id = await created(database, GROUPS, "older")
    other = await created(database, GROUPS, "other")
    await changed(database, GROUPS, record_id, "newer")
    await _publish_all(database, log)
    # The late batch of a relay that hung: what it had read before is now last.
    older = next(r for r in await records_of(log) if r.key == str(record_id))
    await log.append([older])
    if compacted:
        await log.compact()
    assert await _titles(log) == {str(record_id): "older", str(other): "other"}
    assert (await reconcile(database, log, [GROUPS, INITIATIVES])).counts == {GROUP.name: 1, INITIATIVE.name: 0}
    await _publish_all(database, log)
    assert await _titles(log) == {str(record_id): "newer", str(other): "other"}
    versions = [version_of(r) for r in await records_of(log) if r.key == str(record_id)]
    assert versions[-1] == max(versions)


async def test_a_log_that_is_right_is_left_alone(database: Database, log: PostgresEventLog) -> None:
    first = await created(database, GROUPS, "one")
    await created(database, GROUPS, "draft", draft=True)
    hidden = await created(database, INITIATIVES, "hidden")
    await changed(database, INITIATIVES, hidden, "hidden", deleted_at=datetime.now(UTC))
    await _publish_all(database, log)
    before = await outbox_rows(database)
    assert sum((await reconcile(database, log, [GROUPS, INITIATIVES])).counts.values()) == 0
    assert await outbox_rows(database) == before
    assert str(first) in await _titles(log)


async def test_what_the_log_lacks_is_published(database: Database, log: PostgresEventLog) -> None:
    lost = await created(database, INITIATIVES, "lost")
    await _publish_all(database, log)
    async with log._connection() as connection:
        await connection.execute("DELETE FROM log_records; UPDATE log_partitions SET next_offset = 0")
    await reconcile(database, log, [INITIATIVES])
    await _publish_all(database, log)
    assert await _titles(log, INITIATIVE) == {str(lost): "lost"}


async def test_what_its_owner_lacks_gets_a_tombstone_above_the_version_on_the_log(
    database: Database, log: PostgresEventLog
) -> None:
    ahead = 9_000_000_000_000_000
    key = str(new_id())
    await log.append([event(GROUP, key, ahead)])
    assert (await reconcile(database, log, [GROUPS])).counts == {GROUP.name: 1}
    await _publish_all(database, log)
    last = (await records_of(log))[-1]
    assert (last.key, last.value, version_of(last)) == (key, None, ahead + 1)
    assert (await reconcile(database, log, [GROUPS])).counts == {GROUP.name: 0}


async def test_keys_that_never_have_a_root_row_are_left_alone(database: Database, log: PostgresEventLog) -> None:
    key = str(new_id())
    await log.append([event(GROUP, key, 1)])
    heartbeats = Aggregate(GROUPS.topic, GROUPS.root, GROUPS.read, rootless=frozenset([key]))
    assert (await reconcile(database, log, [heartbeats])).counts == {GROUP.name: 0}


async def test_a_table_restored_to_an_older_state_wins_over_the_log(database: Database, log: PostgresEventLog) -> None:
    record_id = await created(database, GROUPS, "before the backup")
    await _publish_all(database, log)
    await log.append([event(GROUP, str(record_id), 9_000_000_000_000_000)])
    await reconcile(database, log, [GROUPS])
    await _publish_all(database, log)
    last = (await records_of(log))[-1]
    assert version_of(last) == 9_000_000_000_000_001
    assert await _titles(log) == {str(record_id): "before the backup"}


async def test_a_state_that_was_changed_without_an_event_is_published(
    database: Database, log: PostgresEventLog
) -> None:
    record_id = await created(database, GROUPS, "before")
    await _publish_all(database, log)
    await _run(database, """UPDATE groups SET public = jsonb_set(public, '{name,en}', '"by hand"')""")
    assert (await reconcile(database, log, [GROUPS])).counts == {GROUP.name: 1}
    await _publish_all(database, log)
    assert await _titles(log) == {str(record_id): "by hand"}


async def test_what_the_relay_is_about_to_publish_is_not_published_twice(
    database: Database, log: PostgresEventLog
) -> None:
    ids = [await created(database, GROUPS, "one") for _ in range(5)]
    (error,) = (await reconcile(database, log, [GROUPS], wait=0.2)).errors
    assert "RelayBehind" in (error["problem"] or "")
    reconciling = asyncio.ensure_future(reconcile(database, log, [GROUPS]))
    async with running(Relay(database, log, "registry", timing=FAST).run):
        assert (await reconciling).counts == {GROUP.name: 0}
    assert Counter(r.key for r in await records_of(log)) == {str(i): 1 for i in ids}


async def test_republishing_publishes_everything_in_small_transactions(
    database: Database, log: PostgresEventLog
) -> None:
    shown = {str(await created(database, GROUPS, "group")) for _ in range(3)}
    hidden: UUID = await created(database, GROUPS, "hidden")
    await changed(database, GROUPS, hidden, "hidden", deleted_at=datetime.now(UTC))
    await created(database, GROUPS, "draft", draft=True)
    await _publish_all(database, log)
    lacking = str(new_id())
    await log.append([event(GROUP, lacking, 1)])
    # Rows that were loaded without events are published too.
    await _run(
        database,
        "INSERT INTO initiatives (id, public) SELECT uuidv7(), jsonb_build_object('slug', 'i-' || n,"
        """ 'title', '{"en": "Loaded"}'::jsonb, 'status', 'running') FROM generate_series(1, 450) AS n""",
    )
    assert (await republish(database, log, [GROUPS, INITIATIVES])).counts == {GROUP.name: 5, INITIATIVE.name: 450}
    assert len(await _transactions(database, INITIATIVE)) >= 3
    await _publish_all(database, log)
    titles = await _titles(log)
    assert {key for key, title in titles.items() if title} == shown
    assert titles[lacking] is None
    assert titles[str(hidden)] is None
    assert len(await _titles(log, INITIATIVE)) == 450


async def _transactions(database: Database, topic: Topic) -> set[int]:
    async with database.reading() as session:
        found = await session.execute(text("SELECT DISTINCT xmin FROM outbox WHERE topic = :t"), {"t": topic.name})
        return {row.xmin for row in found}


async def test_a_projection_over_a_new_log_is_whole_again_after_republishing(
    database: Database, log: PostgresEventLog
) -> None:
    await make_journal(database)
    ids = {str(await created(database, GROUPS, "group")) for _ in range(5)}
    await _publish_all(database, log)
    async with running(group(database, log).run):
        await read_to_the_end(database, log)
    async with log._connection() as connection:
        await connection.execute("DELETE FROM log_records")
        await connection.execute("UPDATE log_partitions SET next_offset = 0; UPDATE log_topics SET identity = uuidv7()")
    published = await republish(database, log, [GROUPS])
    assert published.counts == {GROUP.name: 5}
    async with running(group(database, log).run, Relay(database, log, "registry", timing=FAST).run):
        await until(lambda: records_of(log))
        await read_to_the_end(database, log)
    assert await visible(database) == ids

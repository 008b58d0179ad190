"""The relay that leads: when the log refuses, when it is slow, and when another has taken over."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Sequence
from typing import NoReturn

import orjson
import pytest

from aep_shared.contracts.topics import GROUP
from aep_shared.database import Database
from aep_shared.database.leadership import LeadershipLost
from aep_shared.eventlog.port import EventLogError, LogUnavailable, Record, WriterDeposed
from aep_shared.eventlog.postgres import PostgresEventLog
from aep_shared.flow.relay import Relay
from aep_shared.timing import Timing
from tests.shared.flowing import (
    WrappedLog,
    changed,
    connected,
    created,
    event,
    insert_row,
    keys_of,
    leading,
    other_process,
    records_of,
    running,
    until,
)
from tests.shared.tables import GROUPS
from tests.shared.timing import FAST


async def test_a_publish_that_fails_half_way_is_sent_again_as_a_whole_in_order(
    database: Database, log: PostgresEventLog
) -> None:
    failures = iter([2, 3])

    async def fail_half_way(records: Sequence[Record]) -> None:
        count = next(failures, None)
        if count is not None:
            await log.append(records[:count])
            raise LogUnavailable("half-way")

    async with connected(database) as writer, leading(database, WrappedLog(log, fail_half_way)) as relay:
        keys = ["a", "b", "c", "d"]
        for key in keys:
            await insert_row(writer, key)
        for _ in range(2):
            with pytest.raises(LogUnavailable):
                await relay.step()
        await relay.drain()
    assert await keys_of(log) == [*keys[:2], *keys[:3], *keys]


async def test_what_the_log_refuses_stops_the_relay_with_a_reason_until_it_is_taken(
    database: Database, log: PostgresEventLog
) -> None:
    relay = Relay(database, log, "registry", timing=FAST)
    async with connected(database) as writer, running(relay.run):
        await _in_log(log, "ALTER TABLE log_records ADD CONSTRAINT no_b CHECK (key <> 'b')")
        for key in ("a", "b", "c"):
            await insert_row(writer, key)
        await until(lambda: relay.failure)
        assert "no_b" in str(relay.failure)
        assert "c" not in await keys_of(log)
        await _in_log(log, "ALTER TABLE log_records DROP CONSTRAINT no_b")
        await until(lambda: _holds(log, "c"))
        await until(lambda: relay.failure is None)
    found = await keys_of(log)
    assert list(dict.fromkeys(found)) == ["a", "b", "c"]


async def test_a_row_of_an_unknown_topic_stops_the_relay_with_a_reason(
    database: Database, log: PostgresEventLog
) -> None:
    relay = Relay(database, log, "registry", timing=FAST)
    async with connected(database) as writer, running(relay.run):
        await writer.execute("INSERT INTO outbox (topic, key, version) VALUES ('aep.nobody.knows.v1', 'a', 1)")
        await until(lambda: relay.failure)
        assert "aep.nobody.knows.v1" in str(relay.failure)
        await insert_row(writer, "b")
        assert await writer.fetchval("SELECT published_to FROM relay_cursor") == 0


async def _in_log(log: PostgresEventLog, statement: str) -> None:
    async with log._connection() as connection:
        await connection.execute(statement)


async def _holds(log: PostgresEventLog, key: str) -> bool:
    return key in await keys_of(log)


async def test_a_log_slower_than_the_deadline_is_still_published_to(database: Database, log: PostgresEventLog) -> None:
    async def slowly(_records: Sequence[Record]) -> None:
        await asyncio.sleep(0.4)

    timing = Timing(deadline=0.2, request_timeout=2.0, silence=5.0, settle=0.2)
    relay = Relay(database, WrappedLog(log, slowly), "registry", timing=timing)
    async with connected(database) as writer, running(relay.run):
        await insert_row(writer, "a")
        await until(lambda: writer.fetchval("SELECT published_to = 1 FROM relay_cursor"), 6)


class NotFencing(WrappedLog):
    """A log that cannot refuse a deposed writer, as Kafka."""

    fences_writers = False


async def test_a_late_acknowledgement_of_a_log_that_does_not_fence_counts_and_nothing_is_sent_twice(
    database: Database, log: PostgresEventLog
) -> None:
    ended = False

    def end() -> NoReturn:
        nonlocal ended
        ended = True
        raise SystemExit

    async def slowly(_records: Sequence[Record]) -> None:
        await asyncio.sleep(0.5)

    timing = Timing(deadline=0.2, request_timeout=1.0, silence=5.0, settle=0.2)
    relay = Relay(database, NotFencing(log, slowly), "registry", timing=timing, on_deposed=end)

    async def run() -> None:
        with contextlib.suppress(SystemExit):
            await relay.run()

    async with connected(database) as writer, running(run):
        for number, key in enumerate(("a", "b"), start=1):
            await insert_row(writer, key)
            await until(lambda number=number: writer.fetchval(f"SELECT published_to = {number} FROM relay_cursor"))
    assert await keys_of(log) == ["a", "b"]
    assert not ended


@pytest.mark.parametrize("fences", [True, False])
async def test_nothing_is_sent_after_the_deadline(database: Database, log: PostgresEventLog, fences: bool) -> None:
    """Another may lead by then; where the log could not refuse the batch, the process ends."""
    ended = False

    def end() -> NoReturn:
        nonlocal ended
        ended = True
        raise SystemExit

    class Log(WrappedLog):
        fences_writers = fences

    async def nothing(_records: Sequence[Record]) -> None: ...

    timing = Timing(deadline=0.3, request_timeout=0.1, silence=60.0, settle=0.2)
    relay = Relay(database, Log(log, nothing), "registry", timing=timing, on_deposed=end)
    connection = await relay.start()
    async with connected(database) as writer:
        await insert_row(writer, "a")
        await asyncio.sleep(0.4)
        with pytest.raises(LeadershipLost if fences else SystemExit):
            await relay.step(connection)
    relay.stop()
    assert await keys_of(log) == []
    assert ended is not fences


async def test_a_new_leader_waits_until_its_predecessor_has_stopped_sending_where_the_log_does_not_fence(
    database: Database, log: PostgresEventLog
) -> None:
    sent: list[float] = []

    async def note(_records: Sequence[Record]) -> None:
        sent.append(time.monotonic())

    timing = Timing(deadline=0.6, request_timeout=0.6, silence=5.0, settle=0.2)
    async with connected(database) as writer:
        await insert_row(writer, "a")
        started = time.monotonic()
        async with running(Relay(database, NotFencing(log, note), "registry", timing=timing).run):
            await until(lambda: sent)
    assert sent[0] - started >= timing.deadline + timing.request_timeout


async def test_a_cursor_that_cannot_be_moved_is_a_failure_and_the_batch_is_sent_less_and_less_often(
    database: Database, log: PostgresEventLog
) -> None:
    relay = Relay(database, log, "registry", timing=FAST)
    async with connected(database) as writer:
        await writer.execute(
            "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'no space left' USING ERRCODE = '53100'; END $$;"
            "CREATE TRIGGER full_disk BEFORE UPDATE ON relay_cursor FOR EACH ROW EXECUTE FUNCTION full_disk()"
        )
        await insert_row(writer, "a")
        async with running(relay.run):
            await until(lambda: relay.failure)
            assert "no space left" in str(relay.failure)
            await writer.execute("SELECT pg_sleep(5)")
            # Half a second, one, two and four: twice a second would have made ten copies.
            assert len(await keys_of(log)) <= 5
            await writer.execute("DROP TRIGGER full_disk ON relay_cursor")
            await until(lambda: relay.failure is None)
            assert await writer.fetchval("SELECT published_to FROM relay_cursor") == 1


async def test_a_relay_whose_epoch_was_restored_to_an_older_one_leads_above_that_of_the_log(
    database: Database, log: PostgresEventLog
) -> None:
    """After a restore of the service's database the log knows a higher epoch than the leader has."""
    async with log._connection() as connection:
        await connection.execute("INSERT INTO log_writers VALUES ('relay:registry', 40)")
    relay = Relay(database, log, "registry", timing=FAST)
    async with connected(database) as writer, running(relay.run):
        await insert_row(writer, "a")
        await until(lambda: _holds(log, "a"), 5)
    assert relay.leadership.epoch == 41


async def test_an_acknowledgement_that_does_not_come_is_a_failure_and_the_batch_is_sent_again(
    database: Database, log: PostgresEventLog
) -> None:
    silent = True

    async def hang_once(_records: Sequence[Record]) -> None:
        if silent:
            await asyncio.sleep(60)

    timing = Timing(deadline=0.6, request_timeout=0.3, silence=5.0, settle=0.2)
    relay = Relay(database, WrappedLog(log, hang_once), "registry", timing=timing)
    async with connected(database) as writer, running(relay.run):
        await insert_row(writer, "a")
        await until(lambda: relay.failure)
        silent = False
        await until(lambda: _holds(log, "a"))


async def test_a_cursor_that_somebody_else_moved_ends_the_leadership(database: Database, log: PostgresEventLog) -> None:
    async with connected(database) as writer, leading(database, log) as relay:
        await insert_row(writer, "a")
        await writer.execute("UPDATE relay_cursor SET published_to = 7")
        with pytest.raises(LeadershipLost):
            await relay.step()


async def test_a_batch_that_does_not_follow_the_one_before_it_says_that_somebody_else_appended(
    database: Database, log: PostgresEventLog
) -> None:
    async with connected(database) as writer, leading(database, log) as relay:
        for _ in range(2):
            await insert_row(writer, "a")
            await relay.drain()
        assert not relay.relay.disturbed
        await log.append([event(GROUP, "a", 1, None)])
        await insert_row(writer, "a")
        await relay.drain()
        assert relay.relay.disturbed


async def test_the_log_refuses_an_older_epoch(log: PostgresEventLog, database: Database) -> None:
    async with connected(database) as writer:
        await insert_row(writer, "a")
        async with leading(database, log) as first:
            await writer.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE application_name = 'aep-lock' AND datname = current_database()"
            )
            async with leading(database, log) as second:
                await second.drain()
                await writer.execute(
                    "INSERT INTO outbox (topic, key, version) VALUES ('aep.registry.group.v1', 'b', 1)"
                )
                with pytest.raises(WriterDeposed):
                    await first.relay._send([])
    assert await keys_of(log) == ["a"]


async def test_a_leader_that_hangs_before_it_sends_is_replaced_and_refused_when_it_goes_on(
    database: Database, log: PostgresEventLog, forker: asyncio.subprocess.Process
) -> None:
    record_id = await created(database, GROUPS, "first")
    async with other_process(forker, "relay", database, log) as hanging:
        await hanging.hears("stopping")
        await changed(database, GROUPS, record_id, "second")
        relay = Relay(database, log, "registry", timing=FAST)
        async with running(relay.run):

            async def both() -> bool:
                return len(await records_of(log)) == 2

            await until(both)
            hanging.go_on()
            await hanging.hears("refused")
    titles = [orjson.loads(record.value or b"")["name"]["en"] for record in await records_of(log)]
    assert titles == ["first", "second"]


async def test_a_leader_that_hangs_within_its_append_holds_its_successor_up_for_the_silence_only(
    database: Database, log: PostgresEventLog, forker: asyncio.subprocess.Process
) -> None:
    record_id = await created(database, GROUPS, "first")
    async with other_process(forker, "relay-in-append", database, log) as hanging:
        await hanging.hears("stopping")
        async with running(Relay(database, log, "registry", timing=FAST).run):
            await until(lambda: _holds(log, str(record_id)), 20)
    assert await keys_of(log) == [str(record_id)]


async def test_errors_of_the_log_are_its_own(log: PostgresEventLog) -> None:
    await _in_log(log, "ALTER TABLE log_records ADD CONSTRAINT nothing CHECK (key <> 'a')")
    with pytest.raises(EventLogError, match="nothing"):
        await log.append([Record("aep.registry.group.v1", 0, "a", None, {})])


async def test_a_batch_is_cut_off_by_its_size(database: Database, log: PostgresEventLog) -> None:
    """A hundred records of the largest size would not be acknowledged in time, again and again."""
    sizes: list[int] = []

    async def measure(records: Sequence[Record]) -> None:
        sizes.append(sum(len(record.value or b"") for record in records))

    async with connected(database) as writer, leading(database, WrappedLog(log, measure)) as relay:
        await writer.execute(
            "INSERT INTO outbox (topic, key, version, value)"
            " SELECT 'aep.registry.group.v1', n::text, 1, repeat('x', 900000)"
            " FROM generate_series(1, 20) AS n"
        )
        assert await relay.drain() == 20
    assert len(sizes) > 1
    assert max(sizes) < 10_000_000

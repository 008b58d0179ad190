"""The doctor: what it finds is mended, what it cannot look at is said, and it goes its rounds by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import orjson
import pytest
from sqlalchemy import text

from aep_shared.contracts.topics import GROUP, INITIATIVE
from aep_shared.database import Database
from aep_shared.eventlog.port import EventLogError, Record
from aep_shared.eventlog.postgres import PostgresEventLog
from aep_shared.flow.outbox import Aggregate
from aep_shared.flow.relay import Relay
from aep_shared.service import doctor as doctors
from aep_shared.service.doctor import Doctor, Rounds
from tests.shared.flowing import WrappedLog, changed, connected, created, records_of, running, until, version_of
from tests.shared.tables import GROUPS, INITIATIVES
from tests.shared.timing import FAST


async def _titles(log: PostgresEventLog) -> dict[str, str]:
    """The last state of each group on the log."""
    return {r.key: orjson.loads(r.value)["name"]["en"] for r in await records_of(log) if r.value}


async def _says(log: PostgresEventLog, key: object, title: str) -> bool:
    return (await _titles(log)).get(str(key)) == title


async def _run(database: Database, statement: str) -> None:
    async with database.connection() as connection:
        await connection.execute(text(statement))


async def test_a_record_that_does_not_fit_its_contract_holds_up_no_other(
    database: Database, log: PostgresEventLog
) -> None:
    bad, good = await created(database, GROUPS, "bad"), await created(database, GROUPS, "good")
    other = await created(database, INITIATIVES, "other")
    await _run(database, f"""UPDATE groups SET public = '{{"slug": "bad", "kind": 7}}' WHERE id = '{bad}'""")
    # Nothing of it was ever published.
    await _run(database, "TRUNCATE outbox")
    await _run(database, "UPDATE relay_cursor SET published_to = (SELECT last_value FROM outbox_id)")
    examining = Doctor(database, log, [GROUPS, INITIATIVES])
    async with running(Relay(database, log, "registry", timing=FAST).run):
        for kind in ("reconcile", "republish"):
            await examining.start(kind)
            report = await examining.last(kind)
            assert report["counts"] == {GROUP.name: 1, INITIATIVE.name: 1}
            assert [(error["topic"], error["key"]) for error in report["errors"]] == [(GROUP.name, str(bad))]
            assert report["finished_at"]
            assert not report["running"]
    found = [record.key for topic in (GROUP, INITIATIVE) for record in await records_of(log, topic)]
    assert set(found) == {str(good), str(other)}


async def test_a_relay_that_stands_still_is_said_and_waited_for_once(database: Database, log: PostgresEventLog) -> None:
    await created(database, GROUPS, "waiting")
    await created(database, INITIATIVES, "waiting")
    findings = await doctors.reconcile(database, log, [GROUPS, INITIATIVES], 1.0)
    assert [error["topic"] for error in findings.errors] == [GROUP.name, INITIATIVE.name]
    assert all("RelayBehind" in (error["problem"] or "") for error in findings.errors)


async def test_a_log_that_is_away_is_among_the_errors(database: Database, log: PostgresEventLog) -> None:
    class Away:
        def __getattr__(self, name: str) -> Any:
            return getattr(log, name)

        async def bounds(self, _topic: str) -> Any:
            raise EventLogError("refused")

    examining = Doctor(database, Away(), [GROUPS])  # type: ignore[arg-type]
    await examining.start("reconcile")
    assert [error["problem"] for error in (await examining.last("reconcile"))["errors"]] == ["EventLogError: refused"]


async def test_two_processes_do_not_examine_at_once_and_the_second_sees_that(
    database: Database, log: PostgresEventLog
) -> None:
    await created(database, GROUPS, "waiting")
    first, second = Doctor(database, log, [GROUPS]), Doctor(database, log, [GROUPS])
    under_way = first.start("reconcile")

    async def runs() -> bool:
        return bool((await second.last("reconcile"))["running"])

    await until(runs)
    await asyncio.wait_for(second.start("reconcile"), 5)
    assert not under_way.done()
    assert first.start("reconcile") is under_way
    await first.close()

    async def rests() -> bool:
        return not await runs()

    # The server notices that the connection is gone a moment later.
    await until(rests)


async def test_republishing_is_not_left_out_while_another_process_compares(
    database: Database, log: PostgresEventLog
) -> None:
    """The comparison waits for a relay that is not there; whoever asks to republish is not told that it was done."""
    await created(database, GROUPS, "waiting")
    first, second = Doctor(database, log, [GROUPS]), Doctor(database, log, [GROUPS])
    under_way = first.start("reconcile")

    async def compares() -> bool:
        return bool((await second.last("reconcile"))["running"])

    await until(compares)
    await asyncio.wait_for(second.start("republish"), 10)
    assert not under_way.done()
    report = await second.last("republish")
    assert (report["counts"], report["errors"], report["running"]) == ({GROUP.name: 1}, [], False)
    await first.close()


async def test_roots_are_read_once_however_many_partitions_a_topic_has(
    database: Database, log: PostgresEventLog
) -> None:
    for _ in range(8):
        await created(database, INITIATIVES, "one")
    reads = 0

    async def counted(connection: Any, ids: Sequence[Any]) -> Any:
        nonlocal reads
        reads += 1
        return await INITIATIVES.read(connection, ids)

    counting = Aggregate(INITIATIVES.topic, INITIATIVES.root, counted)
    await doctors.reconcile(database, log, [counting], 0.0)
    assert reads == 1


class NotFencing(WrappedLog):
    fences_writers = False


async def _nothing(_records: Sequence[Record]) -> None: ...


@pytest.fixture
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctors, "LOOK_EVERY_SECONDS", 0.5)
    monkeypatch.setattr(doctors, "_TICK_SECONDS", 0.1)


async def _examined(database: Database) -> bool:
    async with database.reading() as session:
        return bool(await session.scalar(text("SELECT count(*) FROM examinations WHERE finished_at IS NOT NULL")))


@pytest.mark.usefixtures("_often")
async def test_records_that_the_log_lost_are_published_again(database: Database, log: PostgresEventLog) -> None:
    relay = Relay(database, log, "registry", timing=FAST)
    rounds = Rounds(database, log, Doctor(database, log, [GROUPS, INITIATIVES]), relay)
    async with running(relay.run, rounds.run):
        await until(lambda: _examined(database))
        record_id = await created(database, GROUPS, "acknowledged")
        await until(lambda: _says(log, record_id, "acknowledged"))
        async with log._connection() as connection:
            # The page cache of a broker after a power cut: what was acknowledged last is gone.
            await connection.execute("DELETE FROM log_records WHERE key = $1", str(record_id))
            await connection.execute("UPDATE log_partitions SET next_offset = 0")
        assert await _titles(log) == {}
        await until(lambda: _says(log, record_id, "acknowledged"))


@pytest.mark.usefixtures("_often")
async def test_a_late_batch_of_a_relay_that_hung_is_mended(database: Database, log: PostgresEventLog) -> None:
    """Where the log cannot refuse it: whoever leads sees that the topic does not end where it left it."""
    relay = Relay(database, NotFencing(log, _nothing), "registry", timing=FAST)
    rounds = Rounds(database, relay._log, Doctor(database, relay._log, [GROUPS]), relay)
    record_id = await created(database, GROUPS, "older")
    async with running(relay.run, rounds.run):
        await until(lambda: _says(log, record_id, "older"))
        await changed(database, GROUPS, record_id, "newer")
        await until(lambda: _says(log, record_id, "newer"))
        await until(lambda: _examined(database))
        await log.append([(await records_of(log))[0]])
        assert await _says(log, record_id, "older")
        await until(lambda: _says(log, record_id, "newer"))
    versions = [version_of(record) for record in await records_of(log)]
    assert versions[-1] == max(versions)


@pytest.mark.usefixtures("_often")
@pytest.mark.parametrize(("fences", "days", "again"), [(False, 0, True), (True, 0, False), (True, 2, True)])
async def test_who_begins_to_lead_examines_where_the_log_does_not_fence_else_daily(
    database: Database, log: PostgresEventLog, fences: bool, days: int, again: bool
) -> None:
    await _run(
        database,
        "INSERT INTO examinations VALUES ('reconcile',"
        f" clock_timestamp() - interval '{days} days', clock_timestamp() - interval '{days} days', NULL)",
    )
    logged: Any = log if fences else NotFencing(log, _nothing)
    relay = Relay(database, logged, "registry", timing=FAST)
    rounds = Rounds(database, logged, Doctor(database, logged, [GROUPS]), relay)

    async def reported() -> bool:
        async with database.reading() as session:
            return bool(await session.scalar(text("SELECT count(report) FROM examinations")))

    async with running(relay.run, rounds.run), connected(database):
        await until(lambda: relay.leads and rounds._looked)
        if again:
            await until(reported)
        else:
            await asyncio.sleep(1.5)
            assert not await reported()


@pytest.mark.usefixtures("_often")
async def test_the_topic_of_rights_is_compared_each_round(
    database: Database, log: PostgresEventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever appends there what the owner did not say holds a right for a minute at most."""
    monkeypatch.setattr(doctors, "SUBJECT", GROUP)
    await _run(database, "INSERT INTO examinations (kind, finished_at) VALUES ('reconcile', clock_timestamp())")
    relay = Relay(database, log, "registry", timing=FAST)
    rounds = Rounds(database, log, Doctor(database, log, [GROUPS, INITIATIVES]), relay)
    async with running(relay.run, rounds.run):
        record_id = await created(database, GROUPS, "true")
        await until(lambda: _says(log, record_id, "true"))
        async with log._connection() as connection:
            await connection.execute(
                "UPDATE log_records SET value ="
                " convert_to(replace(convert_from(value, 'UTF8'), '\"true\"', '\"forged\"'), 'UTF8')"
            )
        assert await _says(log, record_id, "forged")
        await until(lambda: _says(log, record_id, "true"))

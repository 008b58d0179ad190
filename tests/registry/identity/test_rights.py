"""The registry decides by its own tables, mends its topic, and beats whatever the clock did."""

from __future__ import annotations

import time

import orjson

from aep_registry.identity import repository
from aep_shared.access.rights import HEARTBEATS
from aep_shared.access.seals import HEADER
from aep_shared.contracts.topics import SUBJECT
from aep_shared.flow.reconciler import reconcile
from tests.registry.conftest import Registry
from tests.shared.flowing import event, records_of, until, version_of
from tests.shared.statements import rows, run, values

PEOPLE = "/api/registry/v1/people"
HOUR = 3_600_000_000


async def subject_of(registry: Registry, email: str) -> str:
    found = await values(registry.platform.database, "SELECT id FROM subjects WHERE email = :email", email=email)
    return str(found[0])


async def published(registry: Registry) -> None:
    """Waits until the relay has caught up."""

    async def caught_up() -> bool:
        left = "SELECT 1 FROM outbox WHERE id > (SELECT published_to FROM relay_cursor)"
        return not await rows(registry.platform.database, left)

    await until(caught_up, 30)


async def test_what_stands_on_the_topic_gives_no_rights_at_the_registry(registry: Registry) -> None:
    reader = await registry.sign_in("reader@partner.example", "reader")
    key = await subject_of(registry, "reader@partner.example")
    body = orjson.dumps({"id": key, "grants": [{"role": "officer"}, {"role": "operator"}]})
    await registry.platform.event_log.append([registry.keys.seal(event(SUBJECT, key, time.time_ns() // 1000, body))])
    known = "SELECT 1 FROM replicas WHERE key = :key AND data #>> '{grants,0,role}' = 'officer'"
    await until(lambda: rows(registry.platform.database, known, key=key), 30)
    assert (await registry.client.get(PEOPLE, headers=reader)).status_code == 403


async def test_a_forged_record_is_replaced_by_the_true_state(registry: Registry) -> None:
    await registry.sign_in("reader@partner.example", "reader")
    key = await subject_of(registry, "reader@partner.example")
    await published(registry)
    forged = event(SUBJECT, key, 2**62, orjson.dumps({"id": key, "grants": [{"role": "officer"}]}))
    stranger = event(SUBJECT, str(HEARTBEATS[0])[:-1] + "0", 2**62, b"{}")
    await registry.platform.event_log.append([forged, stranger])
    subjects = [a for a in registry.platform.aggregates if a.topic == SUBJECT]
    await reconcile(registry.platform.database, registry.platform.event_log, subjects)
    await published(registry)
    last = {record.key: record for record in await records_of(registry.platform.event_log, SUBJECT)}  # type: ignore[arg-type]
    assert b'"reader"' in (last[key].value or b"")
    assert version_of(last[key]) < time.time_ns() // 1000
    assert HEADER in last[key].headers
    assert last[stranger.key].value is None
    # And then it is right.
    found = await reconcile(registry.platform.database, registry.platform.event_log, subjects)
    assert found.counts == {SUBJECT.name: 0}


async def test_what_a_withdrawn_key_sealed_is_published_anew(registry: Registry) -> None:
    await registry.sign_in("reader@partner.example", "reader")
    await published(registry)
    [old] = registry.keys.public()["keys"]
    registry.keys.add()
    registry.keys.withdraw(old["kid"])
    subjects = [a for a in registry.platform.aggregates if a.topic == SUBJECT]
    found = await reconcile(registry.platform.database, registry.platform.event_log, subjects)
    assert found.counts == {SUBJECT.name: 1}


async def test_heartbeats_rise_and_leave_a_clock_that_was_ahead_behind(registry: Registry) -> None:
    database = registry.platform.database

    async def versions(ahead: int) -> list[int]:
        statement = "UPDATE heartbeats SET version = (extract(epoch FROM clock_timestamp()) * 1000000)::bigint + :ahead"
        await run(database, statement, ahead=ahead)
        before = await values(database, "SELECT version FROM heartbeats ORDER BY key")
        async with database.connection() as connection:
            await repository.beat(connection, HEARTBEATS)
        after = await values(database, "SELECT version FROM heartbeats ORDER BY key")
        assert len(after) == len(HEARTBEATS)
        return [new - old for new, old in zip(after, before, strict=True)]

    async with database.connection() as connection:
        await repository.beat(connection, HEARTBEATS)
    # A clock that was set back a little: still a newer version, and not by much.
    assert all(step > 0 for step in await versions(HOUR // 60))
    # One that was an hour ahead: every reader refused what it said, so the present time is new to all of them.
    assert all(step < -HOUR // 2 for step in await versions(HOUR))


async def test_the_state_of_a_subject_leaves_a_clock_that_was_ahead_behind(registry: Registry) -> None:
    await registry.sign_in("reader@partner.example", "reader")
    await run(registry.platform.database, "UPDATE subjects SET event_version = event_version + :hour", hour=HOUR)
    await registry.sign_in("reader@partner.example", "editor")
    [version] = await values(registry.platform.database, "SELECT event_version FROM subjects")
    assert version < time.time_ns() // 1000

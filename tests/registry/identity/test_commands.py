"""What is done on the machine when nobody can sign in: keys are added and withdrawn, a record is skipped."""

from __future__ import annotations

import time

import pytest

from aep_registry.identity.key_commands import add_key, withdraw_key
from aep_shared.contracts.topics import SUBJECT
from aep_shared.eventlog.port import TopicPartition
from aep_shared.service import skipping
from tests.registry.conftest import Registry
from tests.shared.flowing import event, keys_in, until
from tests.shared.statements import rows, values

ME = "/api/registry/v1/me"


async def kids(registry: Registry) -> list[str]:
    answer = await registry.client.get("/api/registry/v1/keys")
    return [key["kid"] for key in answer.json()["keys"]]


async def test_a_key_is_added_before_another_is_withdrawn(
    registry: Registry, capsys: pytest.CaptureFixture[str]
) -> None:
    officer = await registry.sign_in("officer@secretariat.example", "officer")
    [first] = await kids(registry)
    assert await withdraw_key(registry.platform, [first]) == 1
    assert await withdraw_key(registry.platform, ["nonsense"]) == 1
    assert "only signing key" in capsys.readouterr().err
    assert await add_key(registry.platform, []) == 0
    [_, second] = await kids(registry)
    # The new one does not sign before every service has had the time to know it.
    assert registry.keys.signing().kid == first
    assert await withdraw_key(registry.platform, [first]) == 0
    assert await kids(registry) == [second]
    assert (await registry.client.get(ME, headers=officer)).status_code == 401
    audited = await values(registry.platform.database, "SELECT action FROM audit WHERE record_type = 'key' ORDER BY id")
    assert audited == ["add-key", "withdraw-key"]


async def test_the_record_at_which_the_topic_stands_is_skipped_and_no_other(registry: Registry) -> None:
    platform = registry.platform
    key, later = keys_in(SUBJECT, 0, 2)
    place = TopicPartition(SUBJECT.name, 0)
    version = time.time_ns() // 1000
    broken, good = event(SUBJECT, key, version, b"{}"), event(SUBJECT, later, version, f'{{"id":"{later}"}}'.encode())
    group = platform.worker.groups[0]
    await until(group.caught_up, 30)
    await platform.event_log.append([registry.keys.seal(broken), registry.keys.seal(good)])
    await until(lambda: group.failure, 30)
    offset = int(str(group.failure).partition("offset ")[2].partition(":")[0])
    for wrong in (offset - 1, offset + 1):
        with pytest.raises(skipping.NothingToSkip):
            await skipping.skip(platform, place, wrong)
    with pytest.raises(skipping.NothingToSkip):
        await skipping.skip(platform, TopicPartition("aep.registry.update.v1", 0), 0)
    assert (await skipping.skip(platform, place, offset)).key == key
    await until(lambda: rows(platform.database, "SELECT 1 FROM replicas WHERE key = :key", key=later), 60)
    audited = await rows(platform.database, "SELECT actor, record_id FROM audit WHERE action = 'skip-record'")
    assert [tuple(row) for row in audited] == [("machine", f"0@{offset}")]

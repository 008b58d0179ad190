"""What operators do to a service."""

from __future__ import annotations

import asyncio
import time

import pytest
from sqlalchemy import text

from aep_shared.contracts.topics import SUBJECT
from aep_shared.http import health
from tests.registry.conftest import Registry
from tests.shared.flowing import event, keys_in, until

PATH = "/api/registry/v1"


async def test_republishing_and_the_doctor_are_the_operators(registry: Registry) -> None:
    officer = await registry.sign_in("officer@secretariat.example", "officer")
    operator = await registry.sign_in("operator@secretariat.example", "operator")
    initiative = {"slug": "lab", "title": {"en": "Lab"}, "status": "running"}
    await registry.client.post(f"{PATH}/initiatives", json=initiative, headers=officer)
    for path in ("republish", "doctor"):
        assert (await registry.client.post(f"{PATH}/{path}", headers=officer)).status_code == 403
        assert (await registry.client.post(f"{PATH}/{path}")).status_code == 401
    published = await registry.client.post(f"{PATH}/republish", headers=operator)
    assert published.json()["published"]["aep.registry.initiative.v1"] == 1
    report = (await registry.client.post(f"{PATH}/doctor", headers=operator)).json()
    assert report["dead_letters_open"] == 0
    assert report["relay"] is None


async def test_a_dead_letter_is_listed_shown_replayed_and_discarded(registry: Registry) -> None:
    operator = await registry.sign_in("operator@secretariat.example", "operator")
    async with registry.platform.database.transaction() as session:
        for number in range(2):
            await session.execute(_LETTER, {"key": f"key-{number}"})
    listed = (await registry.client.get(f"{PATH}/dead-letters", headers=operator)).json()["items"]
    assert [letter["error"] for letter in listed] == ["ValueError: planted"] * 2
    first, second = (f"{PATH}/dead-letters/{letter['id']}" for letter in listed)
    assert (await registry.client.get(first, headers=operator)).json()["stack"] == "stack"
    assert (await registry.client.post(f"{first}/discard", headers=operator)).json()["state"] == "discarded"
    assert (await registry.client.post(f"{first}/discard", headers=operator)).json()["code"] == "dead-letter-closed"
    # Its event is no event at all, so replaying fails, and the letter stays open.
    assert (await registry.client.post(f"{second}/replay", headers=operator)).status_code == 500
    assert len((await registry.client.get(f"{PATH}/dead-letters", headers=operator)).json()["items"]) == 1


async def test_the_subject_topic_stops_at_an_event_that_cannot_be_applied(registry: Registry) -> None:
    operator = await registry.sign_in("operator@secretariat.example", "operator")

    async def known() -> bool:
        return (await registry.client.get(f"{PATH}/dead-letters", headers=operator)).status_code == 200

    # Her rights must have arrived before the topic stops: they come by the same topic.
    await until(known, 30)
    broken = [
        registry.keys.seal(event(SUBJECT, keys_in(SUBJECT, n, 1)[0], time.time_ns() // 1000, b"{}")) for n in (0, 1)
    ]
    await registry.platform.event_log.append(list(map(registry.keys.seal, broken)))
    group = registry.platform.worker.groups[0]
    await until(lambda: group.failure, 30)
    assert (await registry.client.get(f"{PATH}/dead-letters", headers=operator)).json()["items"] == []


_LETTER = text("""
INSERT INTO dead_letters (consumer_group, topic, partition, "offset", key, headers, value, error, stack, attempts)
VALUES ('registry.identity', 'aep.registry.subject.v1', 0, 1, :key, '{}', '\\x7b7d', 'ValueError: planted', 'stack', 3)
""")


async def test_a_loop_that_hangs_makes_its_worker_unhealthy(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in ("/healthz", "/api/registry/healthz"):
        assert (await registry.client.get(path)).json() == {"status": "ok", "stuck": []}
    # Only now so short: on a loaded machine a loop may be late with its first turn.
    monkeypatch.setattr(health, "_STUCK_SECONDS", 3.0)
    relay = registry.platform.worker.relay
    assert relay is not None
    monkeypatch.setattr(relay, "step", lambda _connection: asyncio.sleep(3600))

    async def relay_alone() -> bool:
        answer = await registry.client.get("/healthz")
        return answer.status_code == 503 and answer.json() == {"status": "stuck", "stuck": ["relay"]}

    # On a loaded machine others may be late once; they are on time again, and the relay is not.
    await until(relay_alone, 30)

"""A read that names an event waits until the service has applied it, and says where it has not."""

from __future__ import annotations

import asyncio

from sqlalchemy import text

from aep_shared.auth.authenticator import HEARTBEATS
from aep_shared.contracts.topics import SUBJECT
from aep_shared.http.after import Awaited, parse
from tests.services.conftest import Registry

KEY = str(HEARTBEATS[0])
PATH = "/api/registry/v1/partners"


async def _version(registry: Registry) -> int:
    """The newest heartbeat that the registry has applied; no other one comes within this test's time."""
    async with registry.platform.database.reading() as session:
        while True:
            row = await session.scalar(text("SELECT version FROM replicas WHERE key = :key"), {"key": KEY})
            if row is not None:
                return int(row)
            await asyncio.sleep(0.05)


async def test_an_event_that_is_applied_already_is_not_waited_for(registry: Registry) -> None:
    named = f"{SUBJECT.name}/{KEY}/{await _version(registry)}"
    answer = await registry.client.get(PATH, headers={"AEP-After": named})
    assert answer.status_code == 200
    assert "aep-awaited" not in answer.headers


async def test_an_event_that_does_not_come_is_named_in_the_answer(registry: Registry) -> None:
    never = f"{SUBJECT.name}/{KEY}/{2**62}"
    answer = await registry.client.get(PATH, headers={"AEP-After": f"{never}, {SUBJECT.name}/nobody/1"})
    assert answer.status_code == 200
    assert answer.headers["aep-awaited"] == f"{never}, {SUBJECT.name}/nobody/1"


async def test_an_event_that_comes_meanwhile_is_waited_for(registry: Registry) -> None:
    read = asyncio.create_task(registry.client.get(PATH, headers={"AEP-After": f"{SUBJECT.name}/late/7"}))
    await asyncio.sleep(0.2)
    async with registry.platform.database.connection() as connection:
        await connection.execute(text(
            "INSERT INTO replicas (topic, key, partition, version, deleted) VALUES (:topic, 'late', 0, 7, true)"
        ), {"topic": SUBJECT.name})  # fmt: skip
    assert "aep-awaited" not in (await read).headers


def test_what_cannot_be_read_is_left_out() -> None:
    types = frozenset({"a"})
    assert parse("", types) == []
    assert parse("a/k/1, b/k/1, a/k/x, a//1, a/k, a/k/-1, a/k/9223372036854775808, a/l/2", types) == [
        Awaited("a", "k", 1),
        Awaited("a", "l", 2),
    ]
    assert len(parse(",".join(f"a/{n}/1" for n in range(1000)), types)) == 20

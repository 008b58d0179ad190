"""A read that names an event waits until the service has applied it, and says where it has not."""

from __future__ import annotations

import asyncio
import time

import pytest
from sqlalchemy import text

from aep_shared.contracts.topics import PARTNER, SUBJECT
from aep_shared.flow import awaiting
from aep_shared.flow.awaiting import Awaited
from aep_shared.http.after import parse
from tests.registry.conftest import Registry
from tests.shared.flowing import until

PATH = "/api/registry/v1/partners"


@pytest.fixture(autouse=True)
def consuming(registry: Registry) -> None:
    """As in a service that reads the partners of another: the registry reads only who may do what."""
    registry.platform.worker.groups[0].topics.append(PARTNER.name)


async def _apply(registry: Registry, topic: str, key: str, version: int) -> None:
    async with registry.platform.database.connection() as connection:
        await connection.execute(_REPLICA, {"topic": topic, "key": key, "version": version})


async def _awaited(registry: Registry, named: str, path: str = PATH) -> str | None:
    answer = await registry.client.get(path, headers={"AEP-After": named})
    assert answer.status_code in (200, 404)
    return answer.headers.get("aep-awaited")


async def test_an_event_that_is_applied_already_is_not_waited_for(registry: Registry) -> None:
    await _apply(registry, PARTNER.name, "k", 7)
    assert await _awaited(registry, f"{PARTNER.name}/k/7") is None
    assert await _awaited(registry, f"{PARTNER.name}/k/6") is None


async def test_an_event_that_does_not_come_is_named_in_the_answer(registry: Registry) -> None:
    await _apply(registry, PARTNER.name, "k", 7)
    never = f"{PARTNER.name}/k/{2**62}, {PARTNER.name}/nobody/1"
    assert await _awaited(registry, never) == never
    # What is not there yet is not found, and the answer says why.
    assert await _awaited(registry, never, f"{PATH}/nobody") == never


def _now() -> int:
    """The version of a change that was made just now."""
    return int(time.time() * 1_000_000)


async def test_an_event_that_comes_meanwhile_is_waited_for(registry: Registry) -> None:
    version = _now()
    read = asyncio.create_task(_awaited(registry, f"{PARTNER.name}/late/{version}"))
    await until(lambda: registry.platform.awaiting.waiting == 1)
    await _apply(registry, PARTNER.name, "late", version)
    assert await read is None
    assert registry.platform.awaiting.waiting == 0


async def test_what_cannot_be_on_its_way_is_not_waited_for(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(awaiting, "_pause", _must_not_wait)
    for version in (7, _now() - 61_000_000, _now() + 3600_000_000, 2**62):
        named = f"{PARTNER.name}/nobody/{version}"
        assert await _awaited(registry, named) == named


async def test_only_so_many_requests_wait_at_a_time(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    registry.platform.awaiting.waiting = 50
    monkeypatch.setattr(awaiting, "_pause", _must_not_wait)
    named = f"{PARTNER.name}/late/{_now()}"
    assert await _awaited(registry, named) == named
    registry.platform.awaiting.waiting = 0


async def _must_not_wait(_seconds: float) -> None:
    raise AssertionError("the request waited")


async def test_nobody_learns_when_the_rights_of_a_person_changed(registry: Registry) -> None:
    await _apply(registry, SUBJECT.name, "somebody", 7)
    assert await _awaited(registry, f"{SUBJECT.name}/somebody/7") is None
    assert await _awaited(registry, f"{SUBJECT.name}/somebody/8") is None
    assert (await registry.client.get(f"/api/registry/v1/events/{SUBJECT.name}/somebody")).status_code == 404
    assert (await registry.client.get(f"/api/registry/v1/events/{PARTNER.name}/somebody")).status_code == 404


async def test_what_was_applied_is_told(registry: Registry) -> None:
    await _apply(registry, PARTNER.name, "k", 7)
    told = (await registry.client.get(f"/api/registry/v1/events/{PARTNER.name}/k")).json()
    assert (told["version"], told["deleted"], told["derived_at"]) == (7, True, None)


def test_what_cannot_be_read_is_left_out() -> None:
    types = frozenset({"a"})
    assert parse("", types) == []
    assert parse(
        "a/k/1, b/k/1, a/k/x, a//1, a/k, a/k/-1, a/k/9223372036854775808, a/l/2, a/k/" + "9" * 5000, types
    ) == [
        Awaited("a", "k", 1),
        Awaited("a", "l", 2),
    ]
    assert len(parse(",".join(f"a/{n}/1" for n in range(1000)), types)) == 20


_REPLICA = text(
    "INSERT INTO replicas (topic, key, partition, version, deleted) VALUES (:topic, :key, 0, :version, true)"
)

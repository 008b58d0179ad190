"""Standing still is never green, and whoever looks gets an answer."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import Any

import pytest
from sqlalchemy import text

from aep_shared.contracts.topics import SUBJECT
from aep_shared.eventlog.port import EventLogError
from aep_shared.flow.consumer import group as groups
from aep_shared.http import health, operator_routes
from aep_shared.service.jobs import KeptRunning
from tests.registry.conftest import Registry
from tests.shared.flowing import event, keys_in, running, until

PATH = "/api/registry/v1"


async def _ready(registry: Registry) -> bool:
    return (await registry.client.get("/readyz")).status_code == 200


async def _wrong(registry: Registry) -> dict[str, str]:
    """What readiness complains about; nothing while all is well."""
    answer = await registry.client.get("/readyz")
    wrong = {name: state for name, state in answer.json()["checks"].items() if state != "ok"}
    assert (answer.status_code != 200) == bool(wrong)
    return wrong


async def test_a_topic_of_rights_that_stands_still_is_not_ready(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(groups, "_GRACE_SECONDS", 0.5)
    await until(lambda: _ready(registry), 30)
    broken = [event(SUBJECT, keys_in(SUBJECT, n, 1)[0], time.time_ns() // 1000, b"{}") for n in range(2)]
    await registry.platform.event_log.append([registry.keys.seal(record) for record in broken])
    wrong = await until(lambda: _wrong(registry), 30)
    assert wrong["registry.identity"].startswith(f"standing still at {SUBJECT.name} ")


async def test_a_relay_that_stands_still_is_not_ready_and_the_doctor_says_why(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operator_routes, "_AWAITED_SECONDS", 2.0)
    officer = await registry.sign_in("officer@secretariat.example", "officer")
    operator = await registry.sign_in("operator@secretariat.example", "operator")

    async def known() -> bool:
        return (await registry.client.post(f"{PATH}/doctor", headers=operator)).status_code == 200

    await until(known, 30)
    await until(lambda: _ready(registry), 30)

    async def refuse(*_: object) -> None:
        raise EventLogError("the disk is full of secrets")

    monkeypatch.setattr(registry.platform.event_log, "append", refuse)
    initiative = {"slug": "lab", "title": {"en": "Lab"}, "status": "running"}
    assert (await registry.client.post(f"{PATH}/initiatives", json=initiative, headers=officer)).status_code == 201
    wrong = await until(lambda: _wrong(registry), 30)
    assert wrong == {"relay": "standing still: EventLogError"}
    answer = await registry.client.post(f"{PATH}/doctor", headers=operator)
    assert answer.status_code == 200
    report = answer.json()
    assert report["checks"]["relay"] == "standing still: EventLogError"
    assert "full of secrets" in report["relay"]
    assert report["outbox_waiting"] >= 1
    assert report["examined"]["running"]


async def test_an_outbox_that_nobody_publishes_is_not_ready(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also in a process that has no relay: what waits for it says so."""
    await until(lambda: _ready(registry), 30)
    assert registry.platform.worker.relay
    monkeypatch.setattr(registry.platform.worker.relay, "step", lambda _connection: asyncio.sleep(3600))
    async with registry.platform.database.connection() as connection:
        await connection.execute(_WAITING)
    wrong = await until(lambda: _wrong(registry), 30)
    assert wrong["relay"].startswith("standing still: an event waits since 60")


_WAITING = text("""
INSERT INTO outbox (topic, key, version, created_at)
VALUES ('aep.registry.group.v1', 'x', 1, clock_timestamp() - interval '1 minute')
""")


async def test_a_job_that_fails_again_and_again_is_named_and_unhealthy_in_the_end(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "_STUCK_SECONDS", 3.0)
    operator = await registry.sign_in("operator@secretariat.example", "operator")
    await until(lambda: _ready(registry), 30)

    async def fail() -> None:
        raise ValueError("somebody@reader.example")

    kept = registry.platform.worker.kept["failing"] = KeptRunning(registry.platform.flow, "registry", "failing", fail)
    async with running(kept.run):
        wrong = await until(lambda: _wrong(registry), 30)
        assert wrong["job failing"].startswith("failing: ValueError at ")
        assert "reader.example" not in wrong["job failing"]

        async def unhealthy() -> Any:
            answer = await registry.client.get("/healthz")
            return answer.status_code == 503 and answer.json()["stuck"] == ["failing"]

        await until(unhealthy, 30)
        report = (await registry.client.post(f"{PATH}/doctor", headers=operator)).json()
    (failure,) = [job for job in report["jobs"] if job["job"] == "failing"]
    assert failure["message"] == "ValueError: somebody@reader.example"
    assert failure["failures"] >= 1


async def test_requests_that_use_up_their_pool_hold_up_neither_heartbeat_nor_consumers(registry: Registry) -> None:
    await until(lambda: _ready(registry), 30)
    platform = registry.platform
    async with contextlib.AsyncExitStack() as held:
        for _ in range(platform.settings.pool_size):
            connection = await held.enter_async_context(platform.database.connection())
            await connection.execute(text("SELECT 1"))
        async with platform.flow.reading() as session:
            before = await session.scalar(_BEATS)

        async def beats_on() -> bool:
            async with platform.flow.reading() as session:
                return bool(await session.scalar(_BEATS) > before)

        await until(beats_on, 25)
        await asyncio.wait_for(platform.worker.groups[0].state(), 2)


_BEATS = text("SELECT max(version) FROM replicas WHERE topic = 'aep.registry.subject.v1' AND data ? 'heartbeat'")

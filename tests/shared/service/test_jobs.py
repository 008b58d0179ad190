"""Jobs are kept running, and what fails again and again is seen in every process."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from aep_shared.database import Database
from aep_shared.service import jobs
from aep_shared.service.jobs import KeptRunning, every, last_failures
from tests.shared.flowing import running, until


async def _failures(database: Database) -> list[Any]:
    async with database.reading() as session:
        return list(await last_failures(session))


async def test_a_job_that_fails_again_and_again_rests_longer_each_time_and_is_named(database: Database) -> None:
    tries = 0

    async def fail() -> None:
        nonlocal tries
        tries += 1
        raise ValueError(f"try {tries}\0")

    kept = KeptRunning(database, "test", "failing", fail)
    async with running(kept.run):
        await until(lambda: kept.failing_since)
        await until(lambda: tries >= 2)
        first = kept.failing_since
        await asyncio.sleep(3.5)
        # After one second, then two: the next rest is four.
        assert tries == 3
        (failure,) = await _failures(database)
    assert (failure.job, failure.failures, failure.recovered_at) == ("failing", 3, None)
    assert failure.message.startswith("ValueError: try 3")
    assert kept.failing_since == first


async def test_a_job_that_works_again_is_well_and_its_last_failure_is_kept(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "WELL_AFTER_SECONDS", 0.3)
    broken = True

    async def step() -> None:
        if broken:
            raise ValueError("broken")

    kept = KeptRunning(database, "test", "mended", every(0.05, step))
    async with running(kept.run):
        await until(lambda: kept.failing_since)
        broken = False
        await until(lambda: kept.failing_since is None)

        async def recovered() -> bool:
            return all(failure.recovered_at for failure in await _failures(database))

        await until(recovered)
    assert [failure.message for failure in await _failures(database)] == ["ValueError: broken"]


async def test_a_failure_that_another_process_left_is_over_when_the_job_runs(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "WELL_AFTER_SECONDS", 0.2)

    async def fail() -> None:
        raise ValueError("before")

    async with running(KeptRunning(database, "test", "left", fail).run):
        await until(lambda: _failures(database))
    async with running(KeptRunning(database, "test", "left", lambda: asyncio.sleep(60)).run):

        async def recovered() -> bool:
            return all(failure.recovered_at for failure in await _failures(database))

        await until(recovered)

"""Attempts at the items of a job: counted before they begin, set aside with the reason, tried again by a person."""

from __future__ import annotations

import pytest

from aep_shared.database import Database
from aep_shared.service.attempts import Attempts, is_open, set_aside, try_again
from tests.shared.statements import run, values


@pytest.fixture
def attempts(database: Database) -> Attempts:
    return Attempts(database, "baking", limit=3)


async def _open(database: Database) -> list[str]:
    items = "unnest('{bread,cake}'::text[]) AS wanted"
    return await values(database, f"SELECT wanted FROM {items} WHERE {is_open('baking', 'wanted')} ORDER BY 1")


async def _rested(database: Database) -> None:
    await run(database, "UPDATE job_attempts SET next_attempt_at = clock_timestamp()")


async def test_an_item_that_fails_rests_and_the_others_go_on(database: Database, attempts: Attempts) -> None:
    await attempts.begin(["bread"])
    assert not await attempts.failed("bread", ValueError("no \0yeast"))
    assert await _open(database) == ["cake"]
    await _rested(database)
    assert await _open(database) == ["bread", "cake"]


async def test_an_item_is_set_aside_with_its_reason_and_taken_again_when_a_person_says_so(
    database: Database, attempts: Attempts
) -> None:
    aside = []
    for _ in range(3):
        await attempts.begin(["bread"])
        aside.append(await attempts.failed("bread", ValueError("no yeast")))
    await _rested(database)
    assert aside == [False, False, True]
    assert await _open(database) == ["cake"]
    async with database.transaction() as session:
        (row,) = await set_aside(session)
        assert (row.job, row.item, row.attempts, row.reason) == ("baking", "bread", 3, "ValueError: no yeast")
        assert not await try_again(session, "baking", "cake")
        assert await try_again(session, "baking", "bread")
    assert await _open(database) == ["bread", "cake"]


async def test_an_item_that_ends_its_process_each_time_is_set_aside(database: Database, attempts: Attempts) -> None:
    for _ in range(3):
        assert await attempts.begin(["bread"]) == {"bread"}
        assert await _open(database) == ["bread", "cake"]
    assert await attempts.begin(["bread", "cake"]) == {"cake"}
    assert await _open(database) == ["cake"]
    reasons = await values(database, "SELECT reason FROM job_attempts WHERE item = 'bread'")
    assert reasons == ["each attempt ended its process"]


async def test_what_fails_for_good_is_set_aside_at_once(database: Database, attempts: Attempts) -> None:
    assert await attempts.state() == "ok"
    assert await attempts.failed("bread", "never", for_good=True)
    assert await attempts.state() == "degraded: 1 set aside"
    assert await Attempts(database, "another").state() == "ok"


async def test_attempts_that_were_interrupted_from_outside_do_not_count(database: Database, attempts: Attempts) -> None:
    for _ in range(9):
        assert await attempts.begin(["bread"]) == {"bread"}
        await attempts.interrupted(["bread"])
    assert await attempts.unfinished(["bread", "cake"]) == set()
    await attempts.begin(["bread"])
    assert await attempts.unfinished(["bread", "cake"]) == {"bread"}


async def test_what_is_done_is_forgotten(database: Database, attempts: Attempts) -> None:
    await attempts.begin(["bread", "cake"])
    async with database.connection() as connection:
        await attempts.done(connection, ["bread"])
    assert await values(database, "SELECT item FROM job_attempts") == ["cake"]

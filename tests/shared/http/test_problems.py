"""What a failure of the database means to a client."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from aep_shared.database import Database
from aep_shared.http.problems import as_problem
from aep_shared.web.problems import problem_response


def busy(failure: BaseException) -> bool:
    assert isinstance(failure, DBAPIError)
    answer = problem_response(as_problem(failure))
    return answer.status_code == 503 and b"database-busy" in answer.body and "retry-after" in answer.headers


@pytest.mark.parametrize("limit", ["statement_timeout", "lock_timeout"])
async def test_a_time_out_in_the_database_asks_to_try_again(database: Database, limit: str) -> None:
    lock = text("SELECT pg_advisory_xact_lock(1)")
    async with database.transaction() as holder, database.transaction() as waiting:
        await holder.execute(lock)
        await waiting.execute(text(f"SET LOCAL {limit} = '20ms'"))
        with pytest.raises(DBAPIError) as failed:
            await waiting.execute(lock)
        await waiting.rollback()
    assert busy(failed.value)


async def test_a_deadlock_too_many_asks_to_try_again(database: Database) -> None:
    async def lock(first: int, second: int, reached: asyncio.Barrier) -> None:
        async with database.transaction() as session:
            await session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": first})
            await reached.wait()
            await session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": second})

    both = asyncio.Barrier(2)
    outcomes = await asyncio.gather(lock(1, 2, both), lock(2, 1, both), return_exceptions=True)
    assert [busy(outcome) for outcome in outcomes if outcome is not None] == [True]

"""A request that met a deadlock is run again as a whole; what is no deadlock is not."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from aep_shared.access.policy import PUBLIC, guarded_by
from aep_shared.http.edge import Session
from tests.shared.http.conftest import Small
from tests.shared.statements import values


@pytest.mark.parametrize(("sqlstate", "tries", "status"), [("40P01", 2, 200), ("40001", 2, 200), ("23514", 1, 500)])
async def test_a_deadlock_is_tried_again_and_a_fault_is_not(
    small: Small, sqlstate: str, tries: int, status: int
) -> None:
    seen = 0

    @small.router.post("/work", **guarded_by(PUBLIC))
    async def work(session: AsyncSession = Session) -> dict[str, int]:
        nonlocal seen
        seen += 1
        await session.execute(text("UPDATE relay_cursor SET published_to = published_to + 1"))
        if seen == 1:
            await session.execute(text(f"DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{sqlstate}'; END $$"))
        return {"seen": seen}

    answer = await small.client().post("/work")
    assert (seen, answer.status_code) == (tries, status)
    # The first attempt left nothing behind.
    assert await values(small.database, "SELECT published_to FROM relay_cursor") == [tries - 1]

"""A request that met a deadlock is run again as a whole; what is no deadlock is not."""

from __future__ import annotations

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from aep_shared.auth.actor import Actor
from aep_shared.auth.policy import PUBLIC, guarded_by
from aep_shared.db import Database
from aep_shared.http.edge import EdgeRoute, Session


class _Everybody:
    async def actor(self, _header: str | None) -> Actor:
        return Actor()


class _Platform:
    def __init__(self, database: Database) -> None:
        self.database = database
        self.authenticator = _Everybody()
        self.public_events: frozenset[str] = frozenset()


@pytest.mark.parametrize(("sqlstate", "tries"), [("40P01", 2), ("40001", 2), ("23514", 1)])
async def test_a_deadlock_is_tried_again_and_a_fault_is_not(database: Database, sqlstate: str, tries: int) -> None:
    seen = 0
    router = APIRouter(route_class=EdgeRoute)

    @router.post("/work", **guarded_by(PUBLIC))
    async def work(session: AsyncSession = Session) -> dict[str, int]:
        nonlocal seen
        seen += 1
        await session.execute(text("UPDATE relay_cursor SET published_to = published_to + 1"))
        if seen == 1:
            await session.execute(text(f"DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{sqlstate}'; END $$"))
        return {"seen": seen}

    app = FastAPI()
    app.state.platform = _Platform(database)
    app.include_router(router)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://edge.example") as client:
        answer = await client.post("/work")
    assert seen == tries
    assert answer.status_code == (200 if tries == 2 else 500)
    async with database.reading() as session:
        # The first attempt left nothing behind.
        assert await session.scalar(text("SELECT published_to FROM relay_cursor")) == tries - 1

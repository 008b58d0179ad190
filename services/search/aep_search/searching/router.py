"""The routes of searching and of the index."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from sqlalchemy.ext.asyncio import AsyncSession

from aep_search import policies
from aep_search.index.port import SearchIndex
from aep_search.indexing.indexer import request_rebuild
from aep_search.searching import service
from aep_search.searching.glossary import Glossary
from aep_search.searching.schemas import SearchOut, SearchParameters
from aep_shared.access.actor import Actor
from aep_shared.access.policy import PUBLIC, guarded_by
from aep_shared.flow.consumer import positions
from aep_shared.http.answers import Status
from aep_shared.http.edge import CurrentActor, EdgeRoute, Session
from aep_shared.service.platform import Platform


def search_routes(index: SearchIndex, glossary: Glossary, platform: Platform) -> APIRouter:
    """`/search`, and `/rebuild` for operators."""
    router = APIRouter(route_class=EdgeRoute, tags=["search"])

    @router.get("/search", **guarded_by(PUBLIC))
    async def search(wanted: Annotated[SearchParameters, Query()]) -> SearchOut:
        """Searches paragraphs, publications, initiatives, updates, meetings, partners and organisations."""
        return await service.search(index, glossary, wanted)

    @router.post("/rebuild", status_code=202, **guarded_by(policies.rebuild_index))
    async def rebuild(request: Request, actor: Actor = CurrentActor, session: AsyncSession = Session) -> Status:
        """Reads every topic anew and builds a new index, while the present one serves."""
        actor.must(policies.rebuild_index)
        await positions.forget(await session.connection(), "search", platform.worker.groups[-1].topics)
        await request_rebuild(platform.database)
        return Status(status="requested")

    return router

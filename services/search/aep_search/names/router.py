"""The route of names."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy.ext.asyncio import AsyncSession

from aep_search.names import service
from aep_search.names.schemas import Names, NamesQuery
from aep_shared.access.policy import PUBLIC, guarded_by
from aep_shared.http.edge import EdgeRoute, Session

router = APIRouter(route_class=EdgeRoute, tags=["records"])


@router.get("/names", **guarded_by(PUBLIC))
async def list_names(query: Annotated[NamesQuery, Query()], session: AsyncSession = Session) -> Names:
    """What public records are called: all of some types, or single ones by any slug that they have or had."""
    return await service.names(session, query)

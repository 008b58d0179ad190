"""The route of what is related to a record."""

from __future__ import annotations

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncSession

from aep_search.names.schemas import RecordType
from aep_search.related import service
from aep_search.related.schemas import Related
from aep_shared.access.policy import PUBLIC, guarded_by
from aep_shared.http.edge import EdgeRoute, Session

router = APIRouter(route_class=EdgeRoute, tags=["records"], prefix="/records")


@router.get("/{type}/{slug}/related", **guarded_by(PUBLIC))
async def list_related(type: RecordType, slug: str, session: AsyncSession = Session) -> Related:
    """What refers to a record, by any slug that it has or had, and the names that a page about it needs."""
    return await service.related(session, type, slug)

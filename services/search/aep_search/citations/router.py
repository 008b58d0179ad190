"""The route of citations."""

from __future__ import annotations

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncSession

from aep_search.citations import service
from aep_search.citations.schemas import Citations
from aep_shared.access.policy import PUBLIC, guarded_by
from aep_shared.http.edge import EdgeRoute, Session
from aep_shared.text import Asked

router = APIRouter(route_class=EdgeRoute, tags=["publications"], prefix="/publications")


@router.get("/{slug}/cited-by", **guarded_by(PUBLIC))
async def list_citations(slug: str, ref: Asked | None = None, session: AsyncSession = Session) -> Citations:
    """What refers to the paragraphs of a publication, or to the one with the reference `ref`."""
    return Citations(items=await service.cited_by(session, slug, ref))

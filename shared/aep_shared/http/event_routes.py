"""What a service has applied of the events of others: for whoever follows a change through the platform."""

from __future__ import annotations

from fastapi import APIRouter
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from aep_shared.access.policy import PUBLIC, guarded_by
from aep_shared.errors import NotFound
from aep_shared.http.edge import EdgeRoute, Session
from aep_shared.http.operator_schemas import AppliedEvent
from aep_shared.service.platform import Platform


class EventNotApplied(NotFound):
    """This service has applied no event of this type with this key."""

    code = "event-not-applied"


def event_routes(platform: Platform) -> APIRouter:
    """`/events/{type}/{key}`, for what anybody may ask about."""
    router = APIRouter(route_class=EdgeRoute, tags=["events"])

    @router.get("/events/{type}/{key}", **guarded_by(PUBLIC))
    async def applied_event(type: str, key: str, session: AsyncSession = Session) -> AppliedEvent:
        """The newest event of an aggregate that this service has applied, and when.

        The version is the moment of the change in microseconds since 1970, or one more than the version before.
        """
        if type not in platform.public_events:
            raise EventNotApplied()
        row = (await session.execute(_APPLIED, {"type": type, "key": key})).one_or_none()
        if row is None:
            raise EventNotApplied()
        derived = await platform.awaiting.derived_at(session, type, key)
        return AppliedEvent(
            type=type,
            key=key,
            version=row.version,
            deleted=row.deleted,
            applied_at=row.stored_at,
            derived_at=derived,
        )

    return router


_APPLIED = text("SELECT version, deleted, stored_at FROM replicas WHERE topic = :type AND key = :key")

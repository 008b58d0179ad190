"""The routes of calendars."""

from __future__ import annotations

from fastapi import APIRouter, Response
from sqlalchemy.ext.asyncio import AsyncSession

from aep_events.calendars import repository
from aep_events.calendars.service import calendar
from aep_events.meetings.register import MEETINGS
from aep_shared.access.policy import PUBLIC, guarded_by
from aep_shared.http.answers import file_of
from aep_shared.http.edge import EdgeRoute, Session
from aep_shared.language import AskedLanguage
from aep_shared.registers.service import find
from aep_shared.text import Asked

MEDIA_TYPE = "text/calendar; charset=utf-8"
CALENDAR = file_of("text/calendar", about="A calendar (RFC 5545)")


def calendar_routes(site_url: str) -> APIRouter:
    """`/meetings.ics` and `/meetings/{slug}.ics`; mounted before the register, whose paths are wider."""
    router = APIRouter(route_class=EdgeRoute, tags=["calendars"])

    @router.get("/meetings.ics", **CALENDAR, **guarded_by(PUBLIC))
    async def all_meetings(
        series: Asked | None = None,
        windows: bool = True,
        language: AskedLanguage = "en",
        session: AsyncSession = Session,
    ) -> Response:
        """All meetings, or those of a series; `windows=false` leaves out those whose days are not set."""
        found = await repository.meetings(session, series)
        body = calendar(found, name="Meetings", site_url=site_url, language=language, windows=windows)
        return Response(body, media_type=MEDIA_TYPE)

    @router.get("/meetings/{slug}.ics", **CALENDAR, **guarded_by(PUBLIC))
    async def one_meeting(slug: str, language: AskedLanguage = "en", session: AsyncSession = Session) -> Response:
        """One meeting."""
        meeting = await find(session, MEETINGS, slug)
        body = calendar([meeting], name=meeting.slug, site_url=site_url, language=language)
        return Response(body, media_type=MEDIA_TYPE)

    return router

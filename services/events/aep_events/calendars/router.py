"""The routes of calendars."""

from __future__ import annotations

from fastapi import APIRouter, Response
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from aep_events.calendars import repository
from aep_events.calendars.service import CalendarMeeting, calendar
from aep_events.kinds import MEETING
from aep_shared.access.policy import PUBLIC, guarded_by
from aep_shared.http.edge import EdgeRoute, Session
from aep_shared.language import AskedLanguage
from aep_shared.registers import service as records
from aep_shared.text import Asked

MEDIA_TYPE = "text/calendar; charset=utf-8"


def calendar_routes(site_url: str) -> APIRouter:
    """`/meetings.ics` and `/meetings/{slug}.ics`; mounted before the register, whose paths are wider."""
    router = APIRouter(route_class=EdgeRoute, tags=["calendars"])

    @router.get("/meetings.ics", response_class=Response, **guarded_by(PUBLIC))
    async def all_meetings(
        series: Asked | None = None,
        windows: bool = True,
        language: AskedLanguage = "en",
        session: AsyncSession = Session,
    ) -> Response:
        """All meetings, or those of a series; `windows=false` leaves out those whose days are not set."""
        rows = await repository.meetings(session, series)
        body = calendar(map(_meeting, rows), name="Meetings", site_url=site_url, language=language, windows=windows)
        return Response(body, media_type=MEDIA_TYPE)

    @router.get("/meetings/{slug}.ics", response_class=Response, **guarded_by(PUBLIC))
    async def one_meeting(slug: str, language: AskedLanguage = "en", session: AsyncSession = Session) -> Response:
        """One meeting."""
        row = await records.find(session, MEETING, slug)
        body = calendar([_meeting(row)], name=row.slug, site_url=site_url, language=language)
        return Response(body, media_type=MEDIA_TYPE)

    return router


def _meeting(row: Row[tuple[object, ...]]) -> CalendarMeeting:
    return CalendarMeeting(str(row.id), row.slug, row.stored_at, row.data)

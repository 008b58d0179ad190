"""Meetings and their calendar."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from functools import lru_cache

from starlette.responses import RedirectResponse, Response

from aep_shared.contracts.events import Meeting
from aep_shared.dates import parse_edtf
from aep_website.answers import events
from aep_website.client import together
from aep_website.lookups import Names, related
from aep_website.rendering import today
from aep_website.routing import shows
from aep_website.visit import Visit

_NEVER = datetime.date.max


async def all_meetings(visit: Visit) -> Response:
    """The list: what is to come, what has no date, what was."""
    meetings = await visit.register(events.MEETINGS)
    undated = [meeting for meeting in meetings if not meeting.date]
    return visit.page("public/meetings.html", coming=coming(meetings), undated=undated, past=past(meetings))


async def meeting(visit: Visit) -> Response:
    """One meeting."""
    slug = visit.named("slug")
    record, around = await together(visit.found(events.MEETING.of(name=slug)), related(visit, "meeting", slug))
    if record.slug != slug:
        return RedirectResponse(visit.url(f"/meetings/{record.slug}"), 308)
    return visit.page(
        "public/meeting.html",
        meeting=record,
        related=around,
        names=Names.around(around),
    )


def coming(meetings: Iterable[Meeting]) -> list[Meeting]:
    """Meetings that are not over, the next one first; a window counts until its last day."""
    ahead = [m for m in meetings if m.date and _bounds(m.date)[1] >= today() and m.date_status != "cancelled"]
    return sorted(ahead, key=_place)


def past(meetings: Iterable[Meeting]) -> list[Meeting]:
    """Meetings that are over or were cancelled, the latest first."""
    over = [m for m in meetings if m.date and (_bounds(m.date)[1] < today() or m.date_status == "cancelled")]
    return sorted(over, key=_place, reverse=True)


def _place(meeting: Meeting) -> tuple[tuple[datetime.date, datetime.date], str]:
    return _bounds(meeting.date or ""), meeting.slug


@lru_cache(maxsize=4096)
def _bounds(date: str) -> tuple[datetime.date, datetime.date]:
    interval = parse_edtf(date)
    first = interval.starts or interval.ends or _NEVER
    return first, interval.ends or _NEVER


PAGES = (shows("/meetings", all_meetings), shows("/meetings/{slug}", meeting))

"""Meetings and their calendar."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from functools import lru_cache

from starlette.responses import RedirectResponse, Response

from aep_shared.dates import parse_edtf
from aep_website.client import Record, together
from aep_website.lookups import MEETINGS, UPDATES, names, slugs_of
from aep_website.rendering import today
from aep_website.routing import shows
from aep_website.visit import Visit

_NEVER = datetime.date.max


async def all_meetings(visit: Visit) -> Response:
    """The list: what is to come, what has no date, what was."""
    meetings, known = await together(visit.register(MEETINGS), names(visit, "partner", "organisation", "series"))
    undated = [m for m in meetings if not m.get("date")]
    return visit.page(
        "public/meetings.html", coming=coming(meetings), undated=undated, past=past(meetings), names=known
    )


async def meeting(visit: Visit) -> Response:
    """One meeting."""
    slug = visit.named("slug")
    record = await visit.found(f"{MEETINGS}/{slug}")
    if record["slug"] != slug:
        return RedirectResponse(visit.url(f"/meetings/{record['slug']}"), 308)
    updates, papers, known = await together(
        _updates_about(visit, record),
        _publications_of(visit, record),
        names(visit, "partner", "organisation", "group", "publication", "series", "meeting"),
    )
    return visit.page("public/meeting.html", meeting=record, names=known, updates=updates, publications=papers)


async def _updates_about(visit: Visit, meeting: Record) -> list[Record]:
    """Updates about this meeting, by whichever of its slugs they name it, the newest first."""
    about = {"state": "approved", "about_type": "meeting", "sort": "-approved", "limit": 50}
    found = await together(*(visit.read(UPDATES, about=slug, **about) for slug in slugs_of(meeting)))
    return sorted((item for answer in found for item in answer["items"]), key=_approved_at, reverse=True)


def _approved_at(update: Record) -> datetime.datetime:
    return datetime.datetime.fromisoformat(update["approved_at"])


async def _publications_of(visit: Visit, meeting: Record) -> list[Record]:
    """Publications that say that they are of this meeting."""
    found = await together(*(visit.read("/api/search/v1/publications", meeting=slug) for slug in slugs_of(meeting)))
    return [item for answer in found for item in answer["items"]]


def coming(meetings: Iterable[Record]) -> list[Record]:
    """Meetings that are not over, the next one first; a window counts until its last day."""
    ahead = [m for m in meetings if m.get("date") and _days(m)[1] >= today() and m["date_status"] != "cancelled"]
    return sorted(ahead, key=lambda m: (_days(m), m["slug"]))


def past(meetings: Iterable[Record]) -> list[Record]:
    """Meetings that are over or were cancelled, the latest first."""
    over = [m for m in meetings if m.get("date") and (_days(m)[1] < today() or m["date_status"] == "cancelled")]
    return sorted(over, key=lambda m: (_days(m), m["slug"]), reverse=True)


def _days(meeting: Record) -> tuple[datetime.date, datetime.date]:
    return _bounds(meeting["date"])


@lru_cache(maxsize=4096)
def _bounds(date: str) -> tuple[datetime.date, datetime.date]:
    try:
        interval = parse_edtf(date)
    except ValueError:
        return _NEVER, _NEVER
    first = interval.starts or interval.ends or _NEVER
    return first, interval.ends or _NEVER


PAGES = (shows("/meetings", all_meetings), shows("/meetings/{slug}", meeting))

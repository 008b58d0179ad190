"""From meetings to an iCalendar object."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import icalendar

from aep_shared.dates import parse_edtf
from aep_shared.language import in_language

_DAYS = re.compile(r"\d{4}-\d{2}-\d{2}(/\d{4}-\d{2}-\d{2})?")
_STATUS = {
    "confirmed": "CONFIRMED",
    "planned": "TENTATIVE",
    "postponed": "TENTATIVE",
    "cancelled": "CANCELLED",
}


@dataclass(frozen=True, slots=True)
class CalendarMeeting:
    """A meeting as a calendar needs it."""

    id: str
    slug: str
    stored_at: datetime.datetime
    data: Mapping[str, Any]

    @property
    def has_days(self) -> bool:
        """Whether the date says the very days; otherwise it is a window in which the meeting is planned."""
        return bool(_DAYS.fullmatch(self.data["date"] or ""))


def calendar(
    meetings: Iterable[CalendarMeeting], *, name: str, site_url: str, language: str, windows: bool = True
) -> bytes:
    """The calendar object as UTF-8 with folded lines.

    `windows=False` leaves out meetings without days; one of which not even the year is known has no place in it.
    """
    result = icalendar.Calendar()
    result.add("prodid", "-//aep//meetings calendar//EN")
    result.add("version", "2.0")
    result.add("method", "PUBLISH")
    result.add("name", name)
    result.add("x-wr-calname", name)
    result.add("refresh-interval", datetime.timedelta(hours=6), parameters={"VALUE": "DURATION"})
    for meeting in meetings:
        if meeting.has_days or (windows and meeting.data["date"]):
            result.add_component(_event(meeting, site_url, language))
    return bytes(result.to_ical())


def _event(meeting: CalendarMeeting, site_url: str, language: str) -> icalendar.Event:
    data = meeting.data
    interval = parse_edtf(data["date"])
    starts = interval.starts or interval.ends
    ends = interval.ends or starts
    assert starts is not None
    assert ends is not None
    event = icalendar.Event()
    # The record's id never changes, so neither does the UID, whatever happens to title, slug or date.
    event.add("uid", f"{meeting.id}@{urlsplit(site_url).hostname}")
    event.add("dtstamp", meeting.stored_at.astimezone(datetime.UTC))
    event.add("last-modified", meeting.stored_at.astimezone(datetime.UTC))
    event.add("sequence", data["sequence"])
    event.add("summary", in_language(data["title"], language)[0])
    # Whole days have no time zone; the end of such an event is the first day that it does not cover.
    event.add("dtstart", starts)
    if ends < datetime.date.max:
        event.add("dtend", ends + datetime.timedelta(days=1))
    event.add("status", _STATUS[data["date_status"]] if meeting.has_days else _of_window(data["date_status"]))
    event.add("transp", "OPAQUE" if meeting.has_days and data["date_status"] == "confirmed" else "TRANSPARENT")
    event.add("url", f"{site_url}/meetings/{meeting.slug}")
    if data.get("place"):
        event.add("location", in_language(data["place"], language)[0])
    description = in_language(data.get("description") or {}, language)[0]
    if not meeting.has_days:
        description = f"Planned for {data['date']}; the days are not set yet. {description}".strip()
    if description:
        event.add("description", description)
    return event


def _of_window(status: str) -> str:
    return "CANCELLED" if status == "cancelled" else "TENTATIVE"

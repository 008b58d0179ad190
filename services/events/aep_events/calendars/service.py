"""From meetings to an iCalendar object."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

import icalendar

from aep_events.meetings.models import Meeting
from aep_shared.dates import parse_edtf
from aep_shared.language import in_language

_DAYS = re.compile(r"\d{4}-\d{2}-\d{2}(/\d{4}-\d{2}-\d{2})?")
_STATUS = {
    "confirmed": "CONFIRMED",
    "planned": "TENTATIVE",
    "postponed": "TENTATIVE",
    "cancelled": "CANCELLED",
}


def calendar(meetings: Iterable[Meeting], *, name: str, site_url: str, language: str, windows: bool = True) -> bytes:
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
        if _has_days(meeting) or (windows and meeting.public.date):
            result.add_component(_event(meeting, site_url, language))
    return bytes(result.to_ical())


def _event(meeting: Meeting, site_url: str, language: str) -> icalendar.Event:
    record, has_days = meeting.public, _has_days(meeting)
    starts, ends = _days(record.date)
    event = icalendar.Event()
    # The record's id never changes, so neither does the UID, whatever happens to title, slug or date.
    event.add("uid", f"{meeting.id}@{urlsplit(site_url).hostname}")
    event.add("dtstamp", meeting.stored_at.astimezone(datetime.UTC))
    event.add("last-modified", meeting.stored_at.astimezone(datetime.UTC))
    event.add("sequence", record.sequence)
    event.add("summary", in_language(record.title, language)[0])
    # Whole days have no time zone; the end of such an event is the first day that it does not cover.
    event.add("dtstart", starts)
    if ends < datetime.date.max:
        event.add("dtend", ends + datetime.timedelta(days=1))
    event.add("status", _STATUS[record.date_status] if has_days else _of_window(record.date_status))
    event.add("transp", "OPAQUE" if has_days and record.date_status == "confirmed" else "TRANSPARENT")
    event.add("url", f"{site_url}/meetings/{record.slug}")
    if record.place:
        event.add("location", in_language(record.place, language)[0])
    description = in_language(record.description or {}, language)[0]
    if not has_days:
        description = f"Planned for {record.date}; the days are not set yet. {description}".strip()
    if description:
        event.add("description", description)
    return event


def _has_days(meeting: Meeting) -> bool:
    """Whether the date says the very days; otherwise it is a window in which the meeting is planned."""
    return bool(_DAYS.fullmatch(meeting.public.date or ""))


def _days(date: str | None) -> tuple[datetime.date, datetime.date]:
    """The first and the last day of a date; of one that says only one of them, that day twice."""
    interval = parse_edtf(date or "")
    starts, ends = interval.starts or interval.ends, interval.ends or interval.starts
    assert starts is not None
    assert ends is not None
    return starts, ends


def _of_window(status: str) -> str:
    return "CANCELLED" if status == "cancelled" else "TENTATIVE"

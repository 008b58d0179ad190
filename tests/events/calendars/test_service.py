"""Calendars of meetings, whatever dates, states and texts the records have."""

from __future__ import annotations

import datetime
from datetime import UTC
from typing import Any
from uuid import UUID

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aep_events.calendars.service import calendar
from aep_events.meetings.models import Meeting
from aep_shared.contracts.events import MeetingRecord

STORED = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ID = UUID("01900000-0000-7000-8000-00000000000a")


def meeting(**fields: Any) -> Meeting:
    given = {"slug": "som", "kind": "som", "date_status": "confirmed", "title": {"en": "A meeting"}, **fields}
    record = MeetingRecord.model_validate(given)
    # What the database computes of a document is not there before it was stored.
    return Meeting(id=ID, slug=record.slug, public=record, stored_at=STORED)


def made(*meetings: Meeting, **options: Any) -> icalendar.Calendar:
    options = {"name": "Meetings", "site_url": "https://aep.example", "language": "en", **options}
    return icalendar.Calendar.from_ical(calendar(meetings, **options))  # type: ignore[return-value]


def event(**fields: Any) -> icalendar.Event:
    (found,) = made(meeting(**fields)).walk("VEVENT")
    assert isinstance(found, icalendar.Event)
    return found


@pytest.mark.parametrize("date", ["9999", "2026/9999", "9999-12-31", "0001", "2026-01-01/..", "../2026"])
def test_every_date_that_a_meeting_may_have_is_in_the_calendar(date: str) -> None:
    found = event(date=date, date_status="planned")
    # The website chooses the language by what the reader's browser asks for.
    assert found["URL"] == "https://aep.example/meetings/som"


@pytest.mark.parametrize(
    ("date", "starts", "ends"),
    [
        ("2027-03-16", "2027-03-16", "2027-03-17"),
        ("2027-03-16/2027-03-17", "2027-03-16", "2027-03-18"),
        ("2027-12-31", "2027-12-31", "2028-01-01"),
        ("2028-02-28/2028-02-29", "2028-02-28", "2028-03-01"),
        ("2027-03", "2027-03-01", "2027-04-01"),
        ("2027-02/2027-03", "2027-02-01", "2027-04-01"),
        ("2027", "2027-01-01", "2028-01-01"),
        ("2027-21", "2027-03-01", "2027-06-01"),
        ("2027-24", "2027-12-01", "2028-01-01"),
        ("202X", "2020-01-01", "2030-01-01"),
        ("2027-03-16?", "2027-03-16", "2027-03-17"),
        ("2027-03-16/..", "2027-03-16", "2027-03-17"),
        ("../2027-03-16", "2027-03-16", "2027-03-17"),
        ("2027-03/..", "2027-03-01", "2027-03-02"),
    ],
)
def test_an_event_has_whole_days_and_ends_after_the_last(date: str, starts: str, ends: str) -> None:
    found = event(date=date)
    assert (str(found.decoded("DTSTART")), str(found.decoded("DTEND"))) == (starts, ends)
    assert found["DTSTART"].params["VALUE"] == found["DTEND"].params["VALUE"] == "DATE"


def test_there_is_no_day_after_the_last_that_there_is() -> None:
    assert "DTEND" not in event(date="9999-12-31")
    assert str(event(date="9999-12-30").decoded("DTEND")) == "9999-12-31"


@pytest.mark.parametrize("date", ["2027-03-16", "2027-03-16/2027-03-17"])
@pytest.mark.parametrize(
    ("status", "shown", "busy"),
    [
        ("confirmed", "CONFIRMED", "OPAQUE"),
        ("planned", "TENTATIVE", "TRANSPARENT"),
        ("postponed", "TENTATIVE", "TRANSPARENT"),
        ("cancelled", "CANCELLED", "TRANSPARENT"),
    ],
)
def test_only_days_that_are_settled_take_somebodys_time(date: str, status: str, shown: str, busy: str) -> None:
    found = event(date=date, date_status=status)
    assert (found["STATUS"], found["TRANSP"]) == (shown, busy)
    assert "DESCRIPTION" not in found


@pytest.mark.parametrize("date", ["2027", "2027-03", "2027-21", "2027-03/2027-04", "2027-03-16/..", "2027-03-16~"])
@pytest.mark.parametrize(
    ("status", "shown"), [(s, "CANCELLED" if s == "cancelled" else "TENTATIVE") for s in ("confirmed", "cancelled")]
)
def test_a_window_takes_nobodys_time_and_says_so(date: str, status: str, shown: str) -> None:
    found = event(date=date, date_status=status, description={"en": "Who comes."})
    assert (found["STATUS"], found["TRANSP"]) == (shown, "TRANSPARENT")
    assert found["DESCRIPTION"] == f"Planned for {date}; the days are not set yet. Who comes."


def test_windows_may_be_left_out_and_what_has_no_date_always_is() -> None:
    meetings = (meeting(date="2027-03-16"), meeting(date="2027-03"), meeting(date=None, date_status="postponed"))
    assert len(made(*meetings).walk("VEVENT")) == 2
    assert len(made(*meetings, windows=False).walk("VEVENT")) == 1


def test_a_calendar_says_what_it_is_even_where_it_is_empty() -> None:
    empty = made(name="som")
    assert (empty["VERSION"], empty["METHOD"], empty["NAME"], empty["X-WR-CALNAME"]) == ("2.0", "PUBLISH", "som", "som")
    assert empty.decoded("REFRESH-INTERVAL") == datetime.timedelta(hours=6)
    assert empty.walk("VEVENT") == []


def test_an_event_is_known_by_its_id_and_the_moment_of_its_change() -> None:
    found = event(date="2027-03-16", sequence=3, slug="renamed", former_slugs=["som"])
    assert (found["UID"], found["SEQUENCE"]) == (f"{ID}@aep.example", 3)
    assert found.decoded("DTSTAMP") == found.decoded("LAST-MODIFIED") == STORED


@pytest.mark.parametrize(
    ("language", "title", "place", "description"),
    [
        ("en", "Forum", "Port", "Who comes."),
        ("fr", "Colloque", "Port", "Qui vient."),
        ("fr-CH", "Colloque", "Port", "Qui vient."),
        ("ja", "Forum", "Port", "Who comes."),
    ],
)
def test_each_text_is_in_the_readers_language_where_there_is_one(
    language: str, title: str, place: str, description: str
) -> None:
    forum = meeting(
        date="2027-03-16",
        title={"en": "Forum", "fr": "Colloque"},
        place={"en": "Port"},
        description={"en": "Who comes.", "fr": "Qui vient."},
    )
    (found,) = made(forum, language=language).walk("VEVENT")
    assert (found["SUMMARY"], found["LOCATION"], found["DESCRIPTION"]) == (title, place, description)


def test_a_title_in_one_language_alone_is_shown_to_everybody() -> None:
    assert event(date="2027-03-16", title={"ko": "포럼"})["SUMMARY"] == "포럼"


TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn", "Zl", "Zp")), min_size=1, max_size=200)


@given(title=TEXTS.filter(str.strip), description=TEXTS.filter(str.strip))
def test_whatever_a_text_holds_it_is_read_as_it_was_written_in_lines_that_are_not_too_long(
    title: str, description: str
) -> None:
    one = meeting(date="2027-03-16", title={"en": title}, description={"en": f"{description}\n{description}"})
    body = calendar([one], name="Meetings", site_url="https://aep.example", language="en")
    assert max(map(len, body.split(b"\r\n"))) <= 75
    (found,) = icalendar.Calendar.from_ical(body).walk("VEVENT")
    assert str(found["SUMMARY"]) == one.public.title["en"]
    assert str(found["DESCRIPTION"]) == (one.public.description or {})["en"]


@pytest.mark.parametrize("text", ["a;b", "a,b", "a\\nb", "a\\b", "BEGIN:VEVENT", "END:VCALENDAR", 'a "b": c'])
def test_what_means_something_in_a_calendar_is_escaped(text: str) -> None:
    found = made(meeting(date="2027-03-16", title={"en": text}, description={"en": f"x\n{text}"})).walk("VEVENT")
    assert [str(one["SUMMARY"]) for one in found] == [text]
    assert [str(one["DESCRIPTION"]) for one in found] == [f"x\n{text}"]

"""Calendars of meetings, whatever dates the records have."""

from __future__ import annotations

from datetime import UTC, datetime

import icalendar
import pytest

from aep_events.calendars.service import calendar
from aep_events.meetings.models import Meeting
from aep_shared.contracts.events import MeetingRecord


@pytest.mark.parametrize("date", ["9999", "2026/9999", "9999-12-31", "0001", "2026-01-01/..", "../2026"])
def test_every_date_that_a_meeting_may_have_is_in_the_calendar(date: str) -> None:
    fields = {"slug": "som", "kind": "som", "date": date, "date_status": "planned", "title": {"en": "A meeting"}}
    meeting = Meeting(public=MeetingRecord.model_validate(fields), stored_at=datetime(2026, 1, 1, tzinfo=UTC))
    body = calendar([meeting], name="Meetings", site_url="https://aep.example", language="ja")
    (event,) = icalendar.Calendar.from_ical(body).walk("VEVENT")
    # The website chooses the language by what the reader's browser asks for.
    assert event["URL"] == "https://aep.example/meetings/som"

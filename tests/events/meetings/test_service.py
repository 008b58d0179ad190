"""SEQUENCE (RFC 5545) rises with what a calendar shows, and with nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from aep_events.meetings.service import count_sequence
from aep_shared.contracts.events import MeetingRecord

MEETING = MeetingRecord(slug="som", title={"en": "SOM"}, kind="som", date="2027-03", date_status="planned")


def test_a_new_meeting_begins_at_none_whatever_is_said() -> None:
    assert count_sequence(None, MEETING.model_copy(update={"sequence": 7})).sequence == 0


@pytest.mark.parametrize(
    ("change", "moves"),
    [
        ({"date": "2027-04"}, True),
        ({"date": None}, True),
        ({"date_status": "cancelled"}, True),
        ({"title": {"en": "Senior officials"}}, True),
        ({"place": {"en": "Harbour"}}, True),
        ({"online": True}, True),
        ({"description": {"en": "Who comes"}}, False),
        ({"host": "mainland"}, False),
        ({"note": {"en": "A note"}}, False),
        ({}, False),
    ],
)
def test_it_rises_with_what_a_calendar_shows(change: dict[str, Any], moves: bool) -> None:
    before = MEETING.model_copy(update={"sequence": 3})
    # What somebody sends as the number counts for nothing.
    given = MEETING.model_copy(update={**change, "sequence": 99})
    assert count_sequence(before, given).sequence == 3 + moves

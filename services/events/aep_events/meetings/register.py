"""The register of meetings: who may change it, and how its list may be asked."""

from __future__ import annotations

from aep_events import policies
from aep_events.meetings.models import Meeting
from aep_events.meetings.schemas import MeetingOut, MeetingQuery
from aep_events.meetings.service import count_sequence
from aep_shared.contracts import topics
from aep_shared.contracts.events import MeetingRecord
from aep_shared.registers.register import Register

MEETINGS = Register(
    "meeting",
    "meetings",
    table=Meeting,
    record=MeetingRecord,
    out=MeetingOut,
    query=MeetingQuery,
    topic=topics.MEETING,
    change=policies.change_meeting,
    remove=policies.remove_record,
    references={"series": "series"},
    example={"date_status": "postponed"},
    derive=count_sequence,
)

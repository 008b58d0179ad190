"""Events of the meetings calendar."""

from __future__ import annotations

from aep_shared.contracts.events.meeting import AgendaItem, Document, EarlierDate, Meeting, MeetingRecord, Participants
from aep_shared.contracts.events.series import Series, SeriesRecord

__all__ = [
    "AgendaItem",
    "Document",
    "EarlierDate",
    "Meeting",
    "MeetingRecord",
    "Participants",
    "Series",
    "SeriesRecord",
]

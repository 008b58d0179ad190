"""The registers of the meetings calendar."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aep_events.policies import change_meeting
from aep_shared.contracts import events, topics
from aep_shared.registers.service import RecordKind

_IN_CALENDARS = ("date", "date_status", "title", "place", "online")


def count_sequence(before: Mapping[str, Any] | None, document: dict[str, Any]) -> dict[str, Any]:
    """Raises SEQUENCE (RFC 5545) with every change that a calendar shows; it is never set from outside."""
    if before is None:
        return {**document, "sequence": 0}
    moved = any(before.get(name) != document.get(name) for name in _IN_CALENDARS)
    return {**document, "sequence": before["sequence"] + moved}


MEETING = RecordKind(
    "meeting",
    "meetings",
    events.MeetingRecord,
    topics.MEETING,
    change_meeting,
    {"kind": "kind", "series": "series", "date_status": "date_status", "host": "host"},
    references={"series": "series"},
    before_change=count_sequence,
)
SERIES = RecordKind("series", "series", events.SeriesRecord, topics.SERIES, change_meeting, {"kind": "kind"})

KINDS = (MEETING, SERIES)

"""What follows from a change of a meeting."""

from __future__ import annotations

from aep_shared.contracts.events import MeetingRecord

_IN_CALENDARS = ("date", "date_status", "title", "place", "online")


def count_sequence(before: MeetingRecord | None, given: MeetingRecord) -> MeetingRecord:
    """Raises SEQUENCE (RFC 5545) with every change that a calendar shows; it is never set from outside."""
    if before is None:
        return given.model_copy(update={"sequence": 0})
    moved = any(getattr(before, name) != getattr(given, name) for name in _IN_CALENDARS)
    return given.model_copy(update={"sequence": before.sequence + moved})

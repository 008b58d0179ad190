"""What each service says of the newest event of an aggregate that it has applied."""

from __future__ import annotations

from datetime import datetime

from aep_website.answers.base import Address, Answered


class AppliedEvent(Answered):
    """The event that a service has applied, and when it went into what is derived from it."""

    version: int
    applied_at: datetime
    derived_at: datetime | None = None


SEARCH = Address("/api/search/v1/events/{type}/{key}", AppliedEvent)
NOTIFICATIONS = Address("/api/notifications/v1/events/{type}/{key}", AppliedEvent)
REPORTS = Address("/api/reports/v1/events/{type}/{key}", AppliedEvent)

"""What the calendar answers: meetings and their series."""

from __future__ import annotations

from aep_shared.contracts.events import Meeting, Series
from aep_website.answers.base import Address, Page

URL = "/api/events/v1"

MEETINGS = Address(f"{URL}/meetings", Page[Meeting])
MEETING = Address(f"{URL}/meetings/{{name}}", Meeting)
SERIES = Address(f"{URL}/series", Page[Series])

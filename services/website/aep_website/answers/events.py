"""What the events service answers: meetings."""

from __future__ import annotations

from aep_shared.contracts.events import Meeting
from aep_website.answers.base import Address, Page

URL = "/api/events/v1"

MEETINGS = Address(f"{URL}/meetings", Page[Meeting])
MEETING = Address(f"{URL}/meetings/{{name}}", Meeting)

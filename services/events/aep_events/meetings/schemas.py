"""What the register of meetings takes and answers."""

from __future__ import annotations

from datetime import datetime

from aep_shared.contracts.events import Meeting
from aep_shared.registers.schemas import RegisterQuery
from aep_shared.text import Asked


class MeetingOut(Meeting):
    """A meeting, as the register shows it."""

    updated_at: datetime


class MeetingQuery(RegisterQuery):
    """How the list may be asked."""

    kind: Asked | None = None
    """What kind of meeting it is."""
    series: Asked | None = None
    """The slug of its series, now or before."""
    date_status: Asked | None = None
    """Such as `planned` or `confirmed`."""
    host: Asked | None = None
    """The slug of the partner that hosts it."""

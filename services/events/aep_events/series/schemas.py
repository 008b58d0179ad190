"""What the register of series of meetings takes and answers."""

from __future__ import annotations

from datetime import datetime

from aep_shared.contracts.events import Series
from aep_shared.registers.schemas import RegisterQuery
from aep_shared.text import Asked


class SeriesOut(Series):
    """A series of meetings, as the register shows it."""

    updated_at: datetime


class SeriesQuery(RegisterQuery):
    """How the list may be asked."""

    kind: Asked | None = None
    """What kind of series it is."""

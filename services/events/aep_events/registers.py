"""The registers of this service."""

from __future__ import annotations

from typing import Any

from aep_events.meetings.register import MEETINGS
from aep_events.series.register import SERIES
from aep_shared.registers.register import Register

REGISTERS: tuple[Register[Any, Any], ...] = (MEETINGS, SERIES)

"""What the register of initiatives takes and answers."""

from __future__ import annotations

from datetime import datetime

from aep_shared.contracts.registry import Initiative
from aep_shared.registers.schemas import RegisterQuery
from aep_shared.text import Asked


class InitiativeOut(Initiative):
    """An initiative, as the register shows it."""

    updated_at: datetime


class InitiativeQuery(RegisterQuery):
    """How the list may be asked."""

    status: Asked | None = None
    """Such as `running` or `completed`."""
    parent: Asked | None = None
    """The slug of what it belongs to, now or before."""

"""What the register of the nodes of frameworks: objectives, priorities, actions takes and answers."""

from __future__ import annotations

from datetime import datetime

from aep_shared.contracts.registry import FrameworkNode
from aep_shared.registers.schemas import RegisterQuery
from aep_shared.text import Asked


class FrameworkNodeOut(FrameworkNode):
    """A node of a framework, as the register shows it."""

    updated_at: datetime


class FrameworkNodeQuery(RegisterQuery):
    """How the list may be asked."""

    kind: Asked | None = None
    """What kind of framework node it is."""
    parent: Asked | None = None
    """The slug of what it belongs to, now or before."""

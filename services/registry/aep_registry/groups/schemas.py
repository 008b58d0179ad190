"""What the register of the groups of partners and organisations takes and answers."""

from __future__ import annotations

from datetime import datetime

from aep_shared.contracts.registry import Group
from aep_shared.registers.schemas import RegisterQuery
from aep_shared.text import Asked


class GroupOut(Group):
    """A group, as the register shows it."""

    updated_at: datetime


class GroupQuery(RegisterQuery):
    """How the list may be asked."""

    kind: Asked | None = None
    """What kind of group it is."""

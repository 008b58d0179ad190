"""What the register of the partners of the process takes and answers."""

from __future__ import annotations

from datetime import datetime

from aep_shared.contracts.registry import Partner
from aep_shared.registers.schemas import RegisterQuery
from aep_shared.text import Asked


class PartnerOut(Partner):
    """A partner, as the register shows it."""

    updated_at: datetime


class PartnerQuery(RegisterQuery):
    """How the list may be asked."""

    kind: Asked | None = None
    """What kind of partner it is."""
    asem_group: Asked | None = None
    """`asia` or `europe`: ASEM's own groups."""
    parent: Asked | None = None
    """The slug of what it belongs to, now or before."""

"""What the register of the organisations that take part takes and answers."""

from __future__ import annotations

from datetime import datetime

from aep_shared.contracts.registry import Organisation
from aep_shared.registers.schemas import RegisterQuery
from aep_shared.text import Asked


class OrganisationOut(Organisation):
    """An organisation, as the register shows it."""

    updated_at: datetime


class OrganisationQuery(RegisterQuery):
    """How the list may be asked."""

    kind: Asked | None = None
    """What kind of organisation it is."""

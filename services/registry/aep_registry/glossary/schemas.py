"""What the register of the terms of the glossary takes and answers."""

from __future__ import annotations

from datetime import datetime

from aep_shared.contracts.registry import GlossaryTerm
from aep_shared.registers.schemas import RegisterQuery


class GlossaryTermOut(GlossaryTerm):
    """A term of the glossary, as the register shows it."""

    updated_at: datetime


class GlossaryTermQuery(RegisterQuery):
    """How the list may be asked."""

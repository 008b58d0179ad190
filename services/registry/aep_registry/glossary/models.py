"""The table of the terms of the glossary."""

from __future__ import annotations

from sqlmodel import Field

from aep_registry.tables import Tables
from aep_shared.contracts.registry import GlossaryTermRecord
from aep_shared.database.tables import Document
from aep_shared.registers.tables import Registered, register_indexes


class GlossaryTerm(Registered, Tables, table=True):
    """A term of the glossary."""

    __tablename__ = "glossary_terms"
    __table_args__ = register_indexes("glossary_terms")

    public: GlossaryTermRecord = Field(sa_type=Document(GlossaryTermRecord))

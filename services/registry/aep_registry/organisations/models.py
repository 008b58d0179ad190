"""The table of the organisations that take part."""

from __future__ import annotations

from sqlmodel import Field

from aep_registry.tables import Tables
from aep_shared.contracts.registry import OrganisationRecord
from aep_shared.database.tables import Document, of_document
from aep_shared.registers.tables import Registered, register_indexes


class Organisation(Registered, Tables, table=True):
    """An organisation."""

    __tablename__ = "organisations"
    __table_args__ = register_indexes("organisations")

    public: OrganisationRecord = Field(sa_type=Document(OrganisationRecord))
    kind: str = of_document("kind")

"""The table of initiatives."""

from __future__ import annotations

from sqlmodel import Field

from aep_registry.tables import Tables
from aep_shared.contracts.registry import InitiativeRecord
from aep_shared.database.tables import Document, of_document
from aep_shared.registers.tables import Registered, register_indexes


class Initiative(Registered, Tables, table=True):
    """An initiative."""

    __tablename__ = "initiatives"
    __table_args__ = register_indexes("initiatives")

    public: InitiativeRecord = Field(sa_type=Document(InitiativeRecord))
    status: str = of_document("status")
    parent: str | None = of_document("parent")

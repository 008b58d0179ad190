"""The table of the partners of the process."""

from __future__ import annotations

from sqlmodel import Field

from aep_registry.tables import Tables
from aep_shared.contracts.registry import PartnerRecord
from aep_shared.database.tables import Document, of_document
from aep_shared.registers.tables import Registered, register_indexes


class Partner(Registered, Tables, table=True):
    """A partner."""

    __tablename__ = "partners"
    __table_args__ = register_indexes("partners")

    public: PartnerRecord = Field(sa_type=Document(PartnerRecord))
    kind: str = of_document("kind")
    asem_group: str | None = of_document("asem_group")
    parent: str | None = of_document("parent")

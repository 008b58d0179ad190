"""The table of the groups of partners and organisations."""

from __future__ import annotations

from sqlmodel import Field

from aep_registry.tables import Tables
from aep_shared.contracts.registry import GroupRecord
from aep_shared.database.tables import Document, of_document
from aep_shared.registers.tables import Registered, register_indexes


class Group(Registered, Tables, table=True):
    """A group."""

    __tablename__ = "groups"
    __table_args__ = register_indexes("groups")

    public: GroupRecord = Field(sa_type=Document(GroupRecord))
    kind: str = of_document("kind")

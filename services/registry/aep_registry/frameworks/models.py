"""The table of the nodes of frameworks: objectives, priorities, actions."""

from __future__ import annotations

from sqlmodel import Field

from aep_registry.tables import Tables
from aep_shared.contracts.registry import FrameworkNodeRecord
from aep_shared.database.tables import Document, of_document
from aep_shared.registers.tables import Registered, register_indexes


class FrameworkNode(Registered, Tables, table=True):
    """A node of a framework."""

    __tablename__ = "framework_nodes"
    __table_args__ = register_indexes("framework_nodes")

    public: FrameworkNodeRecord = Field(sa_type=Document(FrameworkNodeRecord))
    kind: str = of_document("kind")
    parent: str | None = of_document("parent")

"""Two registers of a small service of its own."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from aep_shared.access.actor import Actor
from aep_shared.contracts import topics
from aep_shared.contracts.base import RegisterRecord
from aep_shared.contracts.registry import Group as GroupState
from aep_shared.contracts.registry import GroupRecord, InitiativeRecord
from aep_shared.contracts.topics import Topic
from aep_shared.database import Database
from aep_shared.database.migrations import platform_statements
from aep_shared.database.tables import Document, own_tables, table_of
from aep_shared.flow.outbox import Aggregate
from aep_shared.registers.register import Register
from aep_shared.registers.repository import reader_of
from aep_shared.registers.schemas import RegisterQuery
from aep_shared.registers.tables import Registered, register_indexes, slug_tables


class Tables(SQLModel, registry=own_tables()):
    """The base of these tables."""


class Group(Registered, Tables, table=True):
    __tablename__ = "groups"
    __table_args__ = register_indexes("groups")
    public: GroupRecord = Field(sa_type=Document(GroupRecord))


class Initiative(Registered, Tables, table=True):
    __tablename__ = "initiatives"
    __table_args__ = register_indexes("initiatives")
    public: InitiativeRecord = Field(sa_type=Document(InitiativeRecord))


class GroupOut(GroupState):
    updated_at: datetime


def anybody(*_context: object) -> bool:
    return True


def everyone(_actor: Actor) -> bool:
    return True


def register(**more: Any) -> Register[Group, GroupRecord]:
    """The register of groups, with further rules."""
    return Register(
        "group",
        "groups",
        table=Group,
        record=GroupRecord,
        out=GroupOut,
        query=RegisterQuery,
        topic=topics.GROUP,
        change=anybody,
        **{"remove": everyone, **more},
    )


GROUPS = Aggregate(topics.GROUP, table_of(Group), reader_of(Group))
INITIATIVES = Aggregate(topics.INITIATIVE, table_of(Initiative), reader_of(Initiative))


def record(topic: Topic, slug: str, title: str = "A title") -> RegisterRecord:
    """The least that the contract of a topic asks of a record."""
    if topic == topics.GROUP:
        return GroupRecord.model_validate({"slug": slug, "kind": "working", "name": {"en": title}})
    return InitiativeRecord.model_validate({"slug": slug, "title": {"en": title}, "status": "running"})


async def with_platform_tables(dsn: str) -> Database:
    """A database with the shared tables and these."""
    database = Database(dsn)
    async with database.engine.begin() as connection:
        for statement in platform_statements(1):
            await connection.exec_driver_sql(statement)
        for metadata in (Tables.metadata, slug_tables):
            await connection.run_sync(metadata.create_all)
    return database

"""All SQL about updates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Integer,
    MetaData,
    Row,
    Table,
    Text,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql import UUID as Uuid
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from aep_shared.contracts.topics import UPDATE
from aep_shared.flow.outbox import Aggregate
from aep_shared.http.lists import ListGrammar
from aep_shared.ids import new_id

UPDATES = Table(
    "updates",
    MetaData(),
    Column("id", Uuid(as_uuid=True), primary_key=True),
    Column("revision", Integer),
    Column("event_version", BigInteger),
    Column("stored_at", DateTime(timezone=True)),
    Column("deleted_at", DateTime(timezone=True)),
    Column("state", Text),
    Column("author", Uuid(as_uuid=True)),
    Column("about_type", Text),
    Column("about_slug", Text),
    Column("data", JSONB),
    Column("content_by", ARRAY(Uuid(as_uuid=True))),
    Column("note", Text),
    Column("approved_at", DateTime(timezone=True)),
    Column("approved_by", Uuid(as_uuid=True)),
)

GRAMMAR = ListGrammar(
    filters={
        "state": UPDATES.c.state,
        "about_type": UPDATES.c.about_type,
        "about": UPDATES.c.about_slug,
        "kind": UPDATES.c.data["kind"].astext,
        "author": UPDATES.c.author.cast(Text),
    },
    sorts={"updated": UPDATES.c.stored_at, "approved": UPDATES.c.approved_at},
    default_sort="-updated",
    key=UPDATES.c.id,
    stored_at=UPDATES.c.stored_at,
    deleted_at=UPDATES.c.deleted_at,
)


async def read_states(connection: AsyncConnection, ids: Sequence[UUID]) -> Mapping[UUID, dict[str, Any]]:
    """The public state of updates: only of those that are approved."""
    rows = await connection.execute(
        select(UPDATES).where(UPDATES.c.id.in_(ids), UPDATES.c.state == "approved", UPDATES.c.deleted_at.is_(None))
    )
    return {
        row.id: {
            **row.data,
            "id": row.id,
            "approved_at": row.approved_at,
            "about": {"type": row.about_type, "slug": row.about_slug},
        }
        for row in rows
    }


AGGREGATE = Aggregate(UPDATE, UPDATES, read_states)


async def find(session: AsyncSession, update_id: UUID) -> Row[Any] | None:
    return (await session.execute(select(UPDATES).where(UPDATES.c.id == update_id))).one_or_none()


async def lock(session: AsyncSession, update_id: UUID) -> Row[Any] | None:
    return (await session.execute(select(UPDATES).where(UPDATES.c.id == update_id).with_for_update())).one_or_none()


async def add(
    session: AsyncSession, authors: Sequence[UUID], about: Mapping[str, str], data: Mapping[str, Any]
) -> Row[Any]:
    """A new draft of the first of `authors`; all of them had a hand in its words."""
    statement = insert(UPDATES).values(
        id=new_id(),
        revision=1,
        event_version=0,
        state="draft",
        author=authors[0],
        stored_at=func.clock_timestamp(),
        about_type=about["type"],
        about_slug=about["slug"],
        data=data,
        content_by=[*authors],
    )
    stored: Row[Any] = (await session.execute(statement.returning(UPDATES))).one()
    return stored


async def store(session: AsyncSession, row: Row[Any], **values: Any) -> Row[Any]:
    """Stores changed columns as a new revision."""
    statement = (
        update(UPDATES)
        .where(UPDATES.c.id == row.id)
        .values(revision=row.revision + 1, stored_at=func.clock_timestamp(), **values)
    )
    stored: Row[Any] = (await session.execute(statement.returning(UPDATES))).one()
    return stored


DISCARDED_DAYS = 28
FORGETS = (
    "DELETE FROM updates WHERE state = 'withdrawn' AND approved_at IS NULL"
    f" AND stored_at < clock_timestamp() - interval '{DISCARDED_DAYS} days'",
)
"""A discarded draft can be brought back until it is forgotten; what was ever public stays as withdrawn."""

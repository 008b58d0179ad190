"""All SQL about updates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    DateTime,
    Integer,
    MetaData,
    Row,
    Select,
    Table,
    Text,
    and_,
    false,
    func,
    insert,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql import UUID as Uuid
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from aep_registry import policies
from aep_shared.access.actor import Actor
from aep_shared.contracts.topics import UPDATE
from aep_shared.flow.outbox import Aggregate
from aep_shared.http.lists import ListGrammar, ListRequest
from aep_shared.ids import new_id

NOW = func.clock_timestamp()
"""The moment by the clock of the database."""

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


def listed(wanted: ListRequest, actor: Actor, *, all_of_them: bool) -> tuple[Select[Any], ListRequest]:
    """The updates that a list may show the actor, and what is still to be asked of them."""
    statement = select(UPDATES)
    if not all_of_them:
        # A withdrawn update shows as removed, so that programs that follow the list can remove it too.
        public = or_(UPDATES.c.state == "approved", UPDATES.c.approved_at.is_not(None))
        statement = statement.where(or_(public, _own(actor)))
    if wanted.updated_since is None and "state" not in wanted.filters:
        statement = statement.where(UPDATES.c.state != "withdrawn")
    if wanted.updated_since is not None and wanted.filters.get("state") == "approved":
        # What is approved no more left this list: it shows as removed, or nobody who follows it would notice.
        wanted = replace(wanted, filters={name: wanted.filters[name] for name in wanted.filters if name != "state"})
        statement = statement.where(UPDATES.c.approved_at.is_not(None))
    return statement, wanted


def _own(actor: Actor) -> ColumnElement[bool]:
    """The actor's own updates; with a limited token only those that it may write."""
    if actor.subject is None:
        return false()
    own = UPDATES.c.author == actor.subject
    if actor.scopes is None:
        return own
    return and_(own, tuple_(UPDATES.c.about_type, UPDATES.c.about_slug).in_(list(policies.answers_for(actor))))


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
        stored_at=NOW,
        about_type=about["type"],
        about_slug=about["slug"],
        data=data,
        content_by=[*authors],
    )
    stored: Row[Any] = (await session.execute(statement.returning(UPDATES))).one()
    return stored


async def store(session: AsyncSession, row: Row[Any], **values: Any) -> Row[Any]:
    """Stores changed columns as a new revision."""
    statement = update(UPDATES).where(UPDATES.c.id == row.id).values(revision=row.revision + 1, stored_at=NOW, **values)
    stored: Row[Any] = (await session.execute(statement.returning(UPDATES))).one()
    return stored


async def rename_about(session: AsyncSession, record_type: str, old: str, new: str) -> Sequence[UUID]:
    """Lets the updates about a record follow its new slug; their ids."""
    statement = (
        update(UPDATES)
        .where(UPDATES.c.about_type == record_type, UPDATES.c.about_slug == old)
        .values(about_slug=new, stored_at=NOW)
    )
    return (await session.scalars(statement.returning(UPDATES.c.id))).all()


DISCARDED_DAYS = 28
FORGETS = (
    "DELETE FROM updates WHERE state = 'withdrawn' AND approved_at IS NULL"
    f" AND stored_at < clock_timestamp() - interval '{DISCARDED_DAYS} days'",
)
"""A discarded draft can be brought back until it is forgotten; what was ever public stays as withdrawn."""

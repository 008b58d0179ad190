"""All SQL about updates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, false, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlmodel import col

from aep_registry import policies
from aep_registry.updates.models import Update, UpdateState
from aep_registry.updates.schemas import UpdateQuery
from aep_shared.access.actor import Actor
from aep_shared.contracts.topic import StoredState
from aep_shared.contracts.topics import UPDATE
from aep_shared.database.tables import database_now, table_of
from aep_shared.flow.outbox import Aggregate
from aep_shared.http.lists import ListGrammar

_c = table_of(Update).c
GRAMMAR = ListGrammar(
    filters={
        "state": _c.state,
        "about_type": _c.about_type,
        "about": _c.about_slug,
        "kind": _c.kind,
        "author": _c.author,
    },
    sorts={"updated": _c.stored_at, "approved": _c.approved_at},
    key=_c.id,
    stored_at=_c.stored_at,
    deleted_at=_c.deleted_at,
)


async def read_states(connection: AsyncConnection, ids: Sequence[UUID]) -> Mapping[UUID, StoredState]:
    """The public state of updates: only of those that are approved."""
    updates = table_of(Update)
    rows = await connection.execute(
        select(updates).where(
            updates.c.id.in_(ids), updates.c.state == UpdateState.APPROVED, updates.c.deleted_at.is_(None)
        )
    )
    return {
        row.id: {
            **dict(row.words),
            "id": row.id,
            "approved_at": row.approved_at,
            "about": {"type": row.about_type, "slug": row.about_slug},
        }
        for row in rows
    }


AGGREGATE = Aggregate(UPDATE, table_of(Update), read_states)


def listed(wanted: UpdateQuery, actor: Actor, *, all_of_them: bool) -> tuple[Select[Update], UpdateQuery]:
    """The updates that a list may show the actor, and what is still to be asked of them."""
    statement = select(Update)
    if not all_of_them:
        # A withdrawn update shows as removed, so that programs that follow the list can remove it too.
        public = or_(col(Update.state) == UpdateState.APPROVED, col(Update.approved_at).is_not(None))
        statement = statement.where(or_(public, _own(actor)))
    if wanted.updated_since is None and wanted.state is None:
        statement = statement.where(col(Update.state) != UpdateState.WITHDRAWN)
    if wanted.updated_since is not None and wanted.state == UpdateState.APPROVED:
        # What is approved no more left this list: it shows as removed, or nobody who follows it would notice.
        wanted = wanted.model_copy(update={"state": None})
        statement = statement.where(col(Update.approved_at).is_not(None))
    return statement, wanted


def _own(actor: Actor) -> ColumnElement[bool]:
    """The actor's own updates; with a limited token only those that it may write."""
    if actor.subject is None:
        return false()
    own = col(Update.author) == actor.subject
    if actor.scopes is None:
        return own
    about = tuple_(col(Update.about_type), col(Update.about_slug))
    return and_(own, about.in_(list(policies.answers_for(actor))))


async def find(session: AsyncSession, update_id: UUID, *, lock: bool = False) -> Update | None:
    """With `lock` nobody else changes it until the transaction ends."""
    statement = select(Update).where(col(Update.id) == update_id)
    return (await session.scalars(statement.with_for_update() if lock else statement)).one_or_none()


async def rename_about(session: AsyncSession, record_type: str, old: str, new: str) -> Sequence[UUID]:
    """Lets the updates about a record follow its new slug; their ids."""
    statement = (
        update(Update)
        .where(col(Update.about_type) == record_type, col(Update.about_slug) == old)
        .values(about_slug=new, stored_at=database_now())
        .execution_options(synchronize_session=False)
    )
    return (await session.scalars(statement.returning(col(Update.id)))).all()


DISCARDED_DAYS = 28
FORGETS = (
    "DELETE FROM updates WHERE state = 'withdrawn' AND approved_at IS NULL"
    f" AND stored_at < clock_timestamp() - interval '{DISCARDED_DAYS} days'",
)
"""A discarded draft can be brought back until it is forgotten; what was ever public stays as withdrawn."""

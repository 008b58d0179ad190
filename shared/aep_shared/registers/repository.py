"""All SQL about registers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select, type_coerce
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as insert_if_new
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlmodel import col

from aep_shared.contracts.topic import StoredState
from aep_shared.flow.outbox import ReadState
from aep_shared.registers.tables import SLUGS, Registered

R = TypeVar("R", bound=Registered)


def reader_of(table: type[Registered]) -> ReadState:
    """How the outbox reads the public states of a register: of all records that are not removed."""

    async def read(connection: AsyncConnection, ids: Sequence[UUID]) -> dict[UUID, StoredState]:
        # As they are stored: the outbox validates them against their contract, and once is enough.
        public = type_coerce(col(table.public), JSONB).label("public")
        statement = select(col(table.id), public).where(col(table.id).in_(ids), col(table.deleted_at).is_(None))
        return {row.id: {**row.public, "id": row.id} for row in await connection.execute(statement)}

    return read


def names_record(column: ColumnElement[str], noun: str, slug: str) -> ColumnElement[bool]:
    """Where a column has this slug, or another one that the record with this slug has or had."""
    asked = _with_slug(noun, slug).scalar_subquery()
    return or_(column == slug, column.in_(select(SLUGS.c.slug).where(SLUGS.c.type == noun, SLUGS.c.id == asked)))


async def find(
    session: AsyncSession, table: type[R], noun: str, name: str, *, lock: bool = False, keep: bool = False
) -> R | None:
    """The record with this slug or id, or with this former slug, also where it was removed.

    With `lock` nobody else changes it until the transaction ends; with `keep` nobody renames or removes it.
    """
    chosen = UUID(name) if is_id(name) else _with_slug(noun, name).scalar_subquery()
    statement = select(table).where(col(table.id) == chosen)
    if lock or keep:
        # What another transaction changed while it was waited for is read anew.
        statement = statement.with_for_update(read=keep, key_share=keep).execution_options(populate_existing=True)
    return (await session.scalars(statement)).one_or_none()


async def lock_by_slugs(session: AsyncSession, table: type[R], slugs: Sequence[str]) -> dict[str, R]:
    """The records that have these slugs now, locked."""
    statement = select(table).where(col(table.slug).in_(slugs)).order_by(col(table.id)).with_for_update()
    statement = statement.execution_options(populate_existing=True)
    return {row.slug: row for row in await session.scalars(statement)}


async def claim(session: AsyncSession, noun: str, record_id: UUID, slugs: Iterable[str]) -> str | None:
    """Notes slugs as those of a record for ever; one that another record has or had already, or `None`.

    Of two that claim a slug at once, the second waits for the first.
    """
    # In one order, so that two who claim the same slugs cannot wait for each other.
    wanted = sorted(set(slugs))
    rows = [{"type": noun, "slug": slug, "id": record_id} for slug in wanted]
    await session.execute(insert_if_new(SLUGS).on_conflict_do_nothing(), rows)
    of_others = select(SLUGS.c.slug).where(SLUGS.c.type == noun, SLUGS.c.slug.in_(wanted), SLUGS.c.id != record_id)
    return (await session.scalars(of_others.order_by(SLUGS.c.slug))).first()


def is_id(name: str) -> bool:
    """Whether a name is the id of a record; a slug never looks like one."""
    try:
        return str(UUID(name)) == name
    except ValueError:
        return False


def _with_slug(noun: str, slug: str) -> Select[UUID]:
    return select(SLUGS.c.id).where(SLUGS.c.type == noun, SLUGS.c.slug == slug)

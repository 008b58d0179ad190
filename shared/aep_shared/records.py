"""Records: aggregates that are kept as one validated document each, with a slug, a revision and an event version.

The registers of all services have this shape. A kind of record brings its input model, its topic and its filters;
reading, changing, importing and publishing are the same for all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Index,
    Integer,
    MetaData,
    Row,
    String,
    Table,
    Text,
    and_,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import UUID as Uuid
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from aep_shared import audit, outbox
from aep_shared.auth.actor import Actor
from aep_shared.auth.policy import Policy
from aep_shared.contracts.base import RegisterRecord
from aep_shared.contracts.topics import Topic
from aep_shared.errors import Conflict, InvalidInput, NotFound, PreconditionFailed
from aep_shared.http.lists import ListGrammar
from aep_shared.ids import new_id
from aep_shared.outbox import Aggregate

metadata = MetaData()

RECORDS = Table(
    "records",
    metadata,
    Column("id", Uuid(as_uuid=True), primary_key=True),
    Column("type", Text, nullable=False),
    Column("slug", Text, nullable=False),
    Column("revision", Integer, nullable=False, default=1),
    Column("event_version", BigInteger, nullable=False, default=0),
    Column("stored_at", DateTime(timezone=True), nullable=False, default=func.clock_timestamp()),
    Column("deleted_at", DateTime(timezone=True)),
    Column("data", JSONB, nullable=False),
    Index("records_by_slug", "type", "slug", unique=True),
    Index("records_by_time", "type", "stored_at"),
)
"""The documents of a service; `data` holds everything but id and slug. Created by `records_statements`."""

RENAMED = Table(
    "renamed_records",
    metadata,
    Column("type", String, primary_key=True),
    Column("slug", String, primary_key=True),
    Column("id", Uuid(as_uuid=True), nullable=False),
)
"""Addresses that a record had before; reading one redirects to the present one."""


Model = type[RegisterRecord]
"""An input model of a record; it names the slug."""


class SlugTaken(Conflict):
    """Another record of this kind has that slug."""

    code = "slug-taken"


@dataclass(frozen=True, slots=True)
class RecordKind:
    """One kind of record: its name in addresses, its input model and topic, and who may change it."""

    type: str
    plural: str
    model: Model
    topic: Topic
    change: Policy
    filters: Mapping[str, str] = field(default_factory=dict)
    """Filter name to the field of the document that it compares."""
    before_change: Callable[[Mapping[str, Any] | None, dict[str, Any]], dict[str, Any]] | None = None
    """Derives fields of the new document from the old one and the input."""

    @property
    def aggregate(self) -> Aggregate:
        return Aggregate(self.topic, RECORDS, read_states, only=RECORDS.c.type == self.type)

    @property
    def grammar(self) -> ListGrammar:
        columns = {name: RECORDS.c.data[path].astext for name, path in self.filters.items()}
        return ListGrammar(
            filters={"slug": RECORDS.c.slug, **columns},
            sorts={"slug": RECORDS.c.slug, "updated": RECORDS.c.stored_at},
            default_sort="slug",
            key=RECORDS.c.id,
            stored_at=RECORDS.c.stored_at,
            deleted_at=RECORDS.c.deleted_at,
        )


async def read_states(connection: AsyncConnection, ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """The public state of records: all that are not deleted."""
    rows = await connection.execute(
        select(RECORDS.c.id, RECORDS.c.slug, RECORDS.c.data).where(
            RECORDS.c.id.in_(ids), RECORDS.c.deleted_at.is_(None)
        )
    )
    return {row.id: {**row.data, "id": row.id, "slug": row.slug} for row in rows}


def shown(row: Row[Any]) -> dict[str, Any]:
    """A record as the API shows it; a removed one only says that it was removed."""
    if row.deleted_at is not None:
        return {"id": str(row.id), "slug": row.slug, "deleted_at": _iso(row.deleted_at)}
    return {"id": str(row.id), "slug": row.slug, **row.data, "updated_at": _iso(row.stored_at)}


def columns() -> tuple[Column[Any], ...]:
    """What `shown` needs."""
    return (
        RECORDS.c.id,
        RECORDS.c.slug,
        RECORDS.c.data,
        RECORDS.c.stored_at,
        RECORDS.c.deleted_at,
        RECORDS.c.revision,
    )


async def find(session: AsyncSession, kind: RecordKind, name: str) -> Row[Any]:
    """The record with this slug or id, or with this former slug (its present slug then differs from `name`).

    Raises `NotFound`.
    """
    chosen = RECORDS.c.id == UUID(name) if _is_id(name) else RECORDS.c.slug == name
    statement = select(*columns()).where(RECORDS.c.type == kind.type, RECORDS.c.deleted_at.is_(None))
    row = (await session.execute(statement.where(chosen))).one_or_none()
    if row is None:
        renamed = and_(RENAMED.c.type == kind.type, RENAMED.c.slug == name, RENAMED.c.id == RECORDS.c.id)
        row = (await session.execute(statement.join(RENAMED, renamed))).one_or_none()
    if row is None:
        raise NotFound(f"there is no {kind.type} '{name}'")
    return row


async def create(session: AsyncSession, actor: Actor, kind: RecordKind, given: RegisterRecord) -> Row[Any]:
    """A new record from validated input.

    Raises `Forbidden` and `SlugTaken`.
    """
    document = given.model_dump(mode="json", exclude={"slug"})
    actor.must(kind.change, None, document)
    slug = given.slug
    if kind.before_change:
        document = kind.before_change(None, document)
    taken = await session.scalar(select(RECORDS.c.id).where(RECORDS.c.type == kind.type, RECORDS.c.slug == slug))
    if taken:
        raise SlugTaken(f"there is already a {kind.type} '{slug}'")
    return await _store_new(session, actor, kind, slug, document)


async def change(
    session: AsyncSession,
    actor: Actor,
    kind: RecordKind,
    name: str,
    fields: Mapping[str, Any],
    revision: int | None,
) -> Row[Any]:
    """Changes fields of a record; `revision` is the one the client read, if it said so.

    Raises `NotFound`, `Forbidden`, `PreconditionFailed` and `InvalidInput`.
    """
    found = await find(session, kind, name)
    actor.must(kind.change, found.slug, found.data)
    # Locked and read again: what the client read is compared with what is there now.
    row = (await session.execute(select(*columns()).where(RECORDS.c.id == found.id).with_for_update())).one()
    if revision is not None and row.revision != revision:
        raise PreconditionFailed(f"the record is at revision {row.revision}, not {revision}")
    unknown = sorted(set(fields) - set(kind.model.model_fields))
    if unknown:
        raise InvalidInput(f"unknown field {', '.join(unknown)}")
    given = kind.model.model_validate({**row.data, "slug": row.slug, **fields})
    return await _store_change(session, actor, kind, row, given)


async def upsert(session: AsyncSession, actor: Actor, kind: RecordKind, given: RegisterRecord) -> str:
    """Creates or replaces the record with the slug of `given`: 'created', 'changed' or 'unchanged'."""
    slug = given.slug
    statement = select(*columns()).where(RECORDS.c.type == kind.type, RECORDS.c.slug == slug)
    row = (await session.execute(statement.with_for_update())).one_or_none()
    if row is None:
        await create(session, actor, kind, given)
        return "created"
    actor.must(kind.change, row.slug, row.data)
    document = given.model_dump(mode="json", exclude={"slug"})
    document = kind.before_change(row.data, document) if kind.before_change else document
    if row.deleted_at is None and document == row.data:
        return "unchanged"
    await _store_change(session, actor, kind, row, given)
    return "changed"


async def _store_new(
    session: AsyncSession, actor: Actor, kind: RecordKind, slug: str, document: dict[str, Any]
) -> Row[Any]:
    record_id = new_id()
    statement = insert(RECORDS).values(id=record_id, type=kind.type, slug=slug, data=document)
    row = (await session.execute(statement.returning(*columns()))).one()
    outbox.note(session, kind.aggregate, record_id)
    await audit.record(session, actor, "create", kind.type, record_id, None, document)
    return row


async def _store_change(
    session: AsyncSession, actor: Actor, kind: RecordKind, row: Row[Any], given: RegisterRecord
) -> Row[Any]:
    document = given.model_dump(mode="json", exclude={"slug"})
    if kind.before_change:
        document = kind.before_change(row.data, document)
    slug = given.slug
    if slug != row.slug:
        await _rename(session, kind, row, slug)
    statement = (
        update(RECORDS)
        .where(RECORDS.c.id == row.id)
        .values(
            data=document,
            slug=slug,
            revision=row.revision + 1,
            deleted_at=None,
            stored_at=func.clock_timestamp(),
        )
    )
    changed = (await session.execute(statement.returning(*columns()))).one()
    outbox.note(session, kind.aggregate, row.id)
    await audit.record(session, actor, "change", kind.type, row.id, row.data, document)
    return changed


async def _rename(session: AsyncSession, kind: RecordKind, row: Row[Any], slug: str) -> None:
    taken = await session.scalar(select(RECORDS.c.id).where(RECORDS.c.type == kind.type, RECORDS.c.slug == slug))
    if taken:
        raise SlugTaken(f"there is already a {kind.type} '{slug}'")
    await session.execute(insert(RENAMED).values(type=kind.type, slug=row.slug, id=row.id))


def _is_id(name: str) -> bool:
    try:
        return str(UUID(name)) == name
    except ValueError:
        return False


def _iso(moment: datetime) -> str:
    return moment.isoformat()

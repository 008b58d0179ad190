"""Records: aggregates that are kept as one validated document each, with a slug, a revision and an event version.

The registers of all services have this shape. A kind of record brings its input model, its topic and its filters;
reading, changing, importing and publishing are the same for all.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    DateTime,
    Index,
    Integer,
    MetaData,
    Row,
    String,
    Table,
    Text,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import UUID as Uuid
from sqlalchemy.dialects.postgresql import insert as insert_if_new
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from aep_shared.access import audit
from aep_shared.access.actor import Actor, Policy
from aep_shared.contracts.base import RegisterRecord
from aep_shared.contracts.topics import Topic
from aep_shared.errors import Conflict, Forbidden, InvalidInput, NotFound, PreconditionFailed
from aep_shared.flow import outbox
from aep_shared.flow.outbox import Aggregate
from aep_shared.http.lists import ListGrammar
from aep_shared.ids import new_id

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

SLUGS = Table(
    "record_slugs",
    metadata,
    Column("type", String, primary_key=True),
    Column("slug", String, primary_key=True),
    Column("id", Uuid(as_uuid=True), nullable=False),
)
"""Every slug that a record has or had: its former addresses redirect, and are never given to another record."""

ONLY_IMPORTED = frozenset({"slug", "former_slugs", "demo"})
"""Fields that only an import sets."""


Model = type[RegisterRecord]
"""An input model of a record; it names the slug."""


class SlugTaken(Conflict):
    """Another record of this kind has or had that slug."""

    code = "slug-taken"


class FieldNotAllowed(Forbidden):
    """A field of the record is not this person's to change."""

    code = "field-not-allowed"


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
    references: Mapping[str, str] = field(default_factory=dict)
    """The filters that name a record of this service, and its type: a former slug of it means the same."""
    before_change: Callable[[Mapping[str, Any] | None, dict[str, Any]], dict[str, Any]] | None = None
    """Derives fields of the new document from the old one and the input."""
    check_change: Callable[[Actor, str, Mapping[str, Any], Mapping[str, Any]], None] | None = None
    """Raises where this actor may not make of the record with that slug, as it is, what it would be."""
    after_rename: Callable[[AsyncSession, str, str], Awaitable[None]] | None = None
    """Lets what the service keeps about the old slug follow to the new one."""

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
            references={name: partial(names_record, columns[name], kind) for name, kind in self.references.items()},
        )


def names_record(column: ColumnElement[str], kind: str, slug: str) -> ColumnElement[bool]:
    """Where a column has this slug, or another one that the record with this slug has or had."""
    asked = select(SLUGS.c.id).where(SLUGS.c.type == kind, SLUGS.c.slug == slug).scalar_subquery()
    return or_(column == slug, column.in_(select(SLUGS.c.slug).where(SLUGS.c.type == kind, SLUGS.c.id == asked)))


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


async def find(
    session: AsyncSession, kind: RecordKind, name: str, *, lock: bool = False, keep: bool = False
) -> Row[Any]:
    """The record with this slug or id, or with this former slug (its present slug then differs from `name`).

    With `lock` nobody else changes it until the transaction ends; with `keep` nobody renames or removes it.
    Raises `NotFound`.
    """
    known = select(SLUGS.c.id).where(SLUGS.c.type == kind.type, SLUGS.c.slug == name).scalar_subquery()
    chosen = RECORDS.c.id == (UUID(name) if _is_id(name) else known)
    statement = select(*columns()).where(RECORDS.c.type == kind.type, RECORDS.c.deleted_at.is_(None), chosen)
    if lock or keep:
        statement = statement.with_for_update(read=keep, key_share=keep)
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise NotFound(f"there is no {kind.type} '{name}'")
    return row


async def present_slug(session: AsyncSession, kind: RecordKind, name: str) -> str:
    """The slug that a record has now, by any that it had; what is not known is returned as it is."""
    try:
        return str((await find(session, kind, name)).slug)
    except NotFound:
        return name


async def create(session: AsyncSession, actor: Actor, kind: RecordKind, given: RegisterRecord) -> Row[Any]:
    """A new record from validated input.

    Raises `Forbidden` and `SlugTaken`.
    """
    document = _document(kind, None, given)
    actor.must(kind.change, None, document)
    refuse_fields({name for name in ("demo", "former_slugs") if document[name]}, "an import")
    return await _store_new(session, actor, kind, given.slug, document)


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
    row = await find(session, kind, name, lock=True)
    actor.must(kind.change, row.slug, row.data)
    if revision is not None and row.revision != revision:
        raise PreconditionFailed(f"the record is at revision {row.revision}, not {revision}")
    unknown = sorted(set(fields) - set(kind.model.model_fields))
    if unknown:
        raise InvalidInput(f"unknown field {', '.join(unknown)}")
    before = {**row.data, "slug": row.slug}
    given = kind.model.model_validate({**before, **fields})
    after = given.model_dump(mode="json")
    refuse_fields(differing(before, after) & ONLY_IMPORTED, "an import")
    if kind.check_change:
        kind.check_change(actor, row.slug, before, after)
    return await _store_change(session, actor, kind, row, given)


async def upsert(session: AsyncSession, actor: Actor, kind: RecordKind, given: RegisterRecord) -> str:
    """Creates or replaces the record with the slug of `given`: 'created', 'changed' or 'unchanged'.

    A record whose present slug is among the former ones of `given` is renamed. Raises `Forbidden` and `SlugTaken`.
    """
    row = await _imported_before(session, kind, given)
    if row is None:
        document = _document(kind, None, given)
        actor.must(kind.change, None, document)
        await _store_new(session, actor, kind, given.slug, document)
        return "created"
    actor.must(kind.change, row.slug, row.data)
    if row.deleted_at is None and row.slug == given.slug and _document(kind, row, given) == row.data:
        return "unchanged"
    await _store_change(session, actor, kind, row, given)
    return "changed"


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> set[str]:
    """The fields whose values differ; one that a document lacks has no value."""
    return {name for name in (*before, *after) if before.get(name) != after.get(name)}


def refuse_fields(fields: Iterable[str], whose: str) -> None:
    """Raises `FieldNotAllowed` where there are any; `whose` says who may change them."""
    named = sorted(fields)
    if named:
        raise FieldNotAllowed(f"{', '.join(named)}: only {whose} changes this", fields=named)


async def _imported_before(session: AsyncSession, kind: RecordKind, given: RegisterRecord) -> Row[Any] | None:
    """The record that an import means, locked: the one with its slug, else one whose slug became a former one."""
    slugs = (given.slug, *given.former_slugs)
    statement = select(*columns()).where(RECORDS.c.type == kind.type, RECORDS.c.slug.in_(slugs)).with_for_update()
    rows = {row.slug: row for row in await session.execute(statement.order_by(RECORDS.c.id))}
    return next((rows[slug] for slug in slugs if slug in rows), None)


def _document(kind: RecordKind, row: Row[Any] | None, given: RegisterRecord) -> dict[str, Any]:
    """The document to store: as given, with what is derived, and every slug that the record had."""
    before = row.data if row else None
    document = given.model_dump(mode="json", exclude={"slug"})
    had = dict.fromkeys((*(before or {}).get("former_slugs", ()), *given.former_slugs, *([row.slug] if row else [])))
    document["former_slugs"] = [slug for slug in had if slug != given.slug]
    return kind.before_change(before, document) if kind.before_change else document


async def _store_new(
    session: AsyncSession, actor: Actor, kind: RecordKind, slug: str, document: dict[str, Any]
) -> Row[Any]:
    record_id = new_id()
    await _claim(session, kind, record_id, slug, document)
    statement = insert(RECORDS).values(id=record_id, type=kind.type, slug=slug, data=document)
    row = (await session.execute(statement.returning(*columns()))).one()
    outbox.note(session, kind.aggregate, record_id)
    await audit.record(session, actor, "create", kind.type, record_id, None, document)
    return row


async def _store_change(
    session: AsyncSession, actor: Actor, kind: RecordKind, row: Row[Any], given: RegisterRecord
) -> Row[Any]:
    document = _document(kind, row, given)
    if document["former_slugs"] != row.data.get("former_slugs", []):
        await _claim(session, kind, row.id, given.slug, document)
    statement = (
        update(RECORDS)
        .where(RECORDS.c.id == row.id)
        .values(
            data=document,
            slug=given.slug,
            revision=row.revision + 1,
            deleted_at=None,
            stored_at=func.clock_timestamp(),
        )
    )
    changed = (await session.execute(statement.returning(*columns()))).one()
    outbox.note(session, kind.aggregate, row.id)
    if given.slug != row.slug and kind.after_rename:
        await kind.after_rename(session, row.slug, given.slug)
    await audit.record(session, actor, "change", kind.type, row.id, row.data, document)
    return changed


async def _claim(
    session: AsyncSession, kind: RecordKind, record_id: UUID, slug: str, document: Mapping[str, Any]
) -> None:
    """Notes the slugs of a record as its own for ever; of two that claim one at once, the second waits and is refused.

    Raises `SlugTaken`.
    """
    slugs = sorted({slug, *document["former_slugs"]})
    if any(map(_is_id, slugs)):
        raise InvalidInput("a slug cannot look like the id of a record")
    rows = [{"type": kind.type, "slug": one, "id": record_id} for one in slugs]
    await session.execute(insert_if_new(SLUGS).on_conflict_do_nothing(), rows)
    of_others = select(SLUGS.c.slug).where(SLUGS.c.type == kind.type, SLUGS.c.slug.in_(slugs), SLUGS.c.id != record_id)
    taken = (await session.scalars(of_others.order_by(SLUGS.c.slug))).first()
    if taken is not None:
        raise SlugTaken(f"'{taken}' is or was the slug of another {kind.type}")


def _is_id(name: str) -> bool:
    try:
        return str(UUID(name)) == name
    except ValueError:
        return False


def _iso(moment: datetime) -> str:
    return moment.isoformat()

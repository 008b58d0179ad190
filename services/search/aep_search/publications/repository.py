"""All SQL about publications and paragraphs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    DateTime,
    Integer,
    LargeBinary,
    MetaData,
    Row,
    Select,
    Table,
    Text,
    delete,
    func,
    insert,
    literal_column,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import UUID as Uuid
from sqlalchemy.dialects.postgresql import insert as insert_or_replace
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from aep_shared.contracts.topics import MEETING, PARAGRAPH, PUBLICATION
from aep_shared.flow.outbox import Aggregate
from aep_shared.http.lists import ListGrammar
from aep_shared.ids import new_id

NOW = func.clock_timestamp()
"""The moment by the clock of the database."""

_metadata = MetaData()

PUBLICATIONS = Table(
    "publications",
    _metadata,
    Column("id", Uuid(as_uuid=True), primary_key=True),
    Column("slug", Text),
    Column("revision", Integer),
    Column("event_version", BigInteger),
    Column("stored_at", DateTime(timezone=True)),
    Column("deleted_at", DateTime(timezone=True)),
    Column("data", JSONB),
    Column("withdrawn_reason", Text),
    Column("source_file", LargeBinary),
    Column("source_name", Text),
    Column("source_digest", LargeBinary),
)

UNPUBLISHED = Table(
    "unpublished",
    _metadata,
    Column("slug", Text, primary_key=True),
    Column("revision", BigInteger),
    Column("stored_at", DateTime(timezone=True)),
    Column("imported_by", Uuid(as_uuid=True)),
    Column("data", JSONB),
    Column("document", JSONB),
    Column("source_file", LargeBinary),
    Column("source_name", Text),
    Column("source_digest", LargeBinary),
)
"""Texts that wait to be published, each with its parsed document; a slug may have a published one as well."""

PARAGRAPHS = Table(
    "paragraphs",
    _metadata,
    Column("id", Uuid(as_uuid=True), primary_key=True),
    Column("publication", Uuid(as_uuid=True)),
    Column("ref", Text),
    Column("position", Integer),
    Column("event_version", BigInteger),
    Column("stored_at", DateTime(timezone=True)),
    Column("deleted_at", DateTime(timezone=True)),
    Column("data", JSONB),
)

PUBLICATION_GRAMMAR = ListGrammar(
    filters={name: PUBLICATIONS.c.data[name].astext for name in ("kind", "status", "meeting")},
    sorts={"date": PUBLICATIONS.c.data["date"].astext, "updated": PUBLICATIONS.c.stored_at},
    key=PUBLICATIONS.c.id,
    stored_at=PUBLICATIONS.c.stored_at,
    deleted_at=PUBLICATIONS.c.deleted_at,
)
PARAGRAPH_GRAMMAR = ListGrammar(
    filters={"number": PARAGRAPHS.c.data["number"].astext, "kind": PARAGRAPHS.c.data["kind"].astext},
    sorts={"position": PARAGRAPHS.c.position},
    key=PARAGRAPHS.c.id,
    stored_at=PARAGRAPHS.c.stored_at,
    deleted_at=PARAGRAPHS.c.deleted_at,
)


def _meeting_title(table: str) -> ColumnElement[Any]:
    """What the meeting of a text is called, by whichever slug it names it."""
    meeting = f"SELECT m.data -> 'title' FROM replicas m WHERE m.topic = '{MEETING.name}' AND NOT m.deleted"
    return literal_column(
        f"""CASE WHEN {table}.data ->> 'meeting' IS NOT NULL THEN coalesce(
            ({meeting} AND m.data ->> 'slug' = {table}.data ->> 'meeting' LIMIT 1),
            ({meeting} AND m.data -> 'former_slugs' @> ({table}.data -> 'meeting') LIMIT 1)) END""",
        JSONB,
    ).label("meeting_title")


PUBLICATION_COLUMNS = (
    *(
        PUBLICATIONS.c[name]
        for name in ("id", "slug", "revision", "stored_at", "deleted_at", "data", "withdrawn_reason", "source_digest")
    ),
    _meeting_title("publications"),
)


_UNPUBLISHED = select(UNPUBLISHED, _meeting_title("unpublished"))
PUBLISHED = select(*PUBLICATION_COLUMNS)
"""The publications that lists show."""


def paragraphs_in(publication: UUID) -> Select[Any]:
    """The paragraphs of a publication that lists show, those that disappeared too."""
    return select(PARAGRAPHS).where(PARAGRAPHS.c.publication == publication)


async def read_publications(connection: AsyncConnection, ids: Sequence[UUID]) -> Mapping[UUID, dict[str, Any]]:
    """The public state of publications."""
    rows = await connection.execute(
        select(PUBLICATIONS.c.id, PUBLICATIONS.c.slug, PUBLICATIONS.c.data).where(
            PUBLICATIONS.c.id.in_(ids), PUBLICATIONS.c.deleted_at.is_(None)
        )
    )
    states = {}
    for row in rows:
        fields = {name: row.data[name] for name in ("title", "kind", "status", "date", "meeting", "paragraphs")}
        states[row.id] = {"id": row.id, "slug": row.slug, **fields}
    return states


async def read_paragraphs(connection: AsyncConnection, ids: Sequence[UUID]) -> Mapping[UUID, dict[str, Any]]:
    """The public state of paragraphs."""
    statement = (
        select(PARAGRAPHS, PUBLICATIONS.c.slug.label("publication_slug"))
        .join(PUBLICATIONS, PUBLICATIONS.c.id == PARAGRAPHS.c.publication)
        .where(PARAGRAPHS.c.id.in_(ids), PARAGRAPHS.c.deleted_at.is_(None), PUBLICATIONS.c.deleted_at.is_(None))
    )
    return {
        row.id: {
            **row.data,
            "id": row.id,
            "publication": row.publication,
            "publication_slug": row.publication_slug,
            "ref": row.ref,
            "position": row.position,
        }
        for row in await connection.execute(statement)
    }


PUBLICATION_AGGREGATE = Aggregate(PUBLICATION, PUBLICATIONS, read_publications)
PARAGRAPH_AGGREGATE = Aggregate(PARAGRAPH, PARAGRAPHS, read_paragraphs)


async def find(session: AsyncSession, slug: str, *, lock: bool = False) -> Row[Any] | None:
    statement = select(*PUBLICATION_COLUMNS).where(PUBLICATIONS.c.slug == slug)
    return (await session.execute(statement.with_for_update() if lock else statement)).one_or_none()


async def find_paragraph(session: AsyncSession, publication: UUID, ref: str) -> Row[Any] | None:
    statement = select(PARAGRAPHS).where(
        PARAGRAPHS.c.publication == publication, PARAGRAPHS.c.ref == ref, PARAGRAPHS.c.deleted_at.is_(None)
    )
    return (await session.execute(statement)).one_or_none()


async def neighbours(session: AsyncSession, publication: UUID, position: int) -> Sequence[Row[Any]]:
    """The paragraphs before and after a place, as far as there are any."""
    return (await session.execute(_NEIGHBOURS, {"publication": publication, "position": position})).all()


async def lock_slug(session: AsyncSession, slug: str) -> None:
    """Two imports of one slug come one after the other, also the first two."""
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended('publication:' || :slug, 0))"), {"slug": slug}
    )


async def add(session: AsyncSession, **values: Any) -> UUID:
    publication = new_id()
    await session.execute(insert(PUBLICATIONS).values(id=publication, revision=1, event_version=0, **values))
    return publication


async def change(session: AsyncSession, publication: UUID, **values: Any) -> None:
    statement = update(PUBLICATIONS).where(PUBLICATIONS.c.id == publication)
    await session.execute(statement.values(revision=PUBLICATIONS.c.revision + 1, stored_at=NOW, **values))


async def unpublished(session: AsyncSession, slug: str) -> Row[Any] | None:
    """The text that waits to be published as `slug`."""
    return (await session.execute(_UNPUBLISHED.where(UNPUBLISHED.c.slug == slug))).one_or_none()


async def all_unpublished(session: AsyncSession) -> Sequence[Row[Any]]:
    """The texts that wait, the longest waiting first."""
    return (await session.execute(_UNPUBLISHED.order_by(UNPUBLISHED.c.stored_at))).all()


async def store_unpublished(session: AsyncSession, **values: Any) -> None:
    """Lets a text wait, in the place of one that waits with the same slug."""
    statement = insert_or_replace(UNPUBLISHED).values(**values)
    replaced = {**values, "revision": func.nextval("unpublished_revisions"), "stored_at": NOW}
    await session.execute(statement.on_conflict_do_update(index_elements=["slug"], set_=replaced))


async def remove_unpublished(session: AsyncSession, slug: str) -> None:
    await session.execute(delete(UNPUBLISHED).where(UNPUBLISHED.c.slug == slug))


async def paragraphs_of(session: AsyncSession, publication: UUID) -> Sequence[Row[Any]]:
    """All paragraphs, those that disappeared too."""
    found: Sequence[Row[Any]] = (await session.execute(paragraphs_in(publication))).all()
    return found


async def store_paragraphs(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Stores new and changed paragraphs; each row has id, publication, ref, position and data."""
    if rows:
        await session.execute(_STORE, list(rows))


async def remove_paragraphs(session: AsyncSession, ids: Sequence[UUID]) -> None:
    """The paragraphs are no longer there; their rows stay, so that their ids do."""
    statement = update(PARAGRAPHS).where(PARAGRAPHS.c.id.in_(ids))
    await session.execute(statement.values(deleted_at=NOW, stored_at=NOW))


_NEIGHBOURS = text("""
(SELECT ref, position, data FROM paragraphs WHERE publication = :publication AND deleted_at IS NULL
    AND position < :position ORDER BY position DESC LIMIT 1)
UNION ALL
(SELECT ref, position, data FROM paragraphs WHERE publication = :publication AND deleted_at IS NULL
    AND position > :position ORDER BY position LIMIT 1)
""")
_STORE = text("""
INSERT INTO paragraphs (id, publication, ref, position, data)
VALUES (:id, :publication, :ref, :position, CAST(:data AS jsonb))
ON CONFLICT (publication, ref) DO UPDATE
SET position = excluded.position, data = excluded.data, deleted_at = NULL, stored_at = clock_timestamp()
""")

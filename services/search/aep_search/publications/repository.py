"""All SQL about publications and paragraphs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Select, delete, func, literal_column, or_, select, text, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as insert_or_replace
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlalchemy.orm import QueryableAttribute, defer
from sqlalchemy.sql.base import ExecutableOption
from sqlmodel import col

from aep_search.publications.models import Paragraph, Publication, WaitingText
from aep_shared.contracts.topic import StoredState
from aep_shared.contracts.topics import MEETING, PARAGRAPH, PUBLICATION
from aep_shared.database.tables import UNSEEN, database_now, table_of
from aep_shared.flow.outbox import Aggregate
from aep_shared.http.lists import ListGrammar

_publications, _paragraphs = table_of(Publication), table_of(Paragraph)
PUBLICATION_GRAMMAR = ListGrammar(
    filters={name: _publications.c[name] for name in ("kind", "status", "meeting")},
    sorts={"date": _publications.c.date, "updated": _publications.c.stored_at},
    key=_publications.c.id,
    stored_at=_publications.c.stored_at,
    deleted_at=_publications.c.deleted_at,
)
PARAGRAPH_GRAMMAR = ListGrammar(
    filters={name: _paragraphs.c[name] for name in ("number", "kind")},
    sorts={"position": _paragraphs.c.position},
    key=_paragraphs.c.id,
    stored_at=_paragraphs.c.stored_at,
    deleted_at=_paragraphs.c.deleted_at,
)

T = TypeVar("T", Publication, WaitingText)
Called = dict[str, str] | None
"""What the meeting of a text is called, where it is known."""


def _meeting_title(table: str) -> ColumnElement[Called]:
    """What the meeting of a text is called, by whichever slug it names it."""
    meeting = f"SELECT m.data -> 'title' FROM replicas m WHERE m.topic = '{MEETING.name}' AND NOT m.deleted"
    return literal_column(
        f"""CASE WHEN {table}.data ->> 'meeting' IS NOT NULL THEN coalesce(
            ({meeting} AND m.data ->> 'slug' = {table}.data ->> 'meeting' LIMIT 1),
            ({meeting} AND m.data -> 'former_slugs' @> ({table}.data -> 'meeting') LIMIT 1)) END""",
        JSONB,
    ).label("meeting_title")


def _without(column: object) -> ExecutableOption:
    """Leaves a long column where it is: to ask for it is a mistake."""
    return defer(cast("QueryableAttribute[object]", column), raiseload=True)


def _light(of: type[T], table: str) -> Select[T, Called]:
    """The texts of a table without their files, which may be long; each with the name of its meeting."""
    return select(of, _meeting_title(table)).options(_without(of.source_file))


PUBLISHED = _light(Publication, "publications")
"""The publications that lists show."""
_WAITING = _light(WaitingText, "unpublished").options(_without(WaitingText.document))


def paragraphs_in(publication: UUID) -> Select[Paragraph]:
    """The paragraphs of a publication that lists show, those that disappeared too."""
    return select(Paragraph).where(col(Paragraph.publication) == publication)


async def read_publications(connection: AsyncConnection, ids: Sequence[UUID]) -> Mapping[UUID, StoredState]:
    """The public state of publications."""
    c = _publications.c
    rows = await connection.execute(select(c.id, c.slug, c.data).where(c.id.in_(ids), c.deleted_at.is_(None)))
    unsaid = {"language", "headings"}
    return {id_: {"id": id_, "slug": slug, **data.model_dump(exclude=unsaid)} for id_, slug, data in rows}


async def read_paragraphs(connection: AsyncConnection, ids: Sequence[UUID]) -> Mapping[UUID, StoredState]:
    """The public state of paragraphs."""
    c = _paragraphs.c
    statement = (
        select(c.id, c.publication, c.ref, c.position, c.data, _publications.c.slug)
        .join(_publications, _publications.c.id == c.publication)
        .where(c.id.in_(ids), c.deleted_at.is_(None), _publications.c.deleted_at.is_(None))
    )
    return {
        id_: {
            **data.model_dump(),
            "id": id_,
            "publication": publication,
            "publication_slug": slug,
            "ref": ref,
            "position": position,
        }
        for id_, publication, ref, position, data, slug in await connection.execute(statement)
    }


PUBLICATION_AGGREGATE = Aggregate(PUBLICATION, _publications, read_publications)
PARAGRAPH_AGGREGATE = Aggregate(PARAGRAPH, _paragraphs, read_paragraphs)


async def find(session: AsyncSession, slug: str, *, lock: bool = False) -> tuple[Publication, Called] | None:
    """The publication with this slug, also one that was withdrawn."""
    wanted = PUBLISHED.where(col(Publication.slug) == slug)
    return (await session.execute(wanted.with_for_update() if lock else wanted)).one_or_none()


async def find_paragraph(session: AsyncSession, publication: UUID, ref: str) -> Paragraph | None:
    wanted = paragraphs_in(publication).where(col(Paragraph.ref) == ref, col(Paragraph.deleted_at).is_(None))
    return (await session.scalars(wanted)).one_or_none()


async def neighbours(session: AsyncSession, paragraph: Paragraph) -> tuple[Paragraph | None, Paragraph | None]:
    """The paragraphs before and after another one, as far as there are any: one statement."""
    place = col(Paragraph.position)
    there = (col(Paragraph.publication) == paragraph.publication, col(Paragraph.deleted_at).is_(None))
    before = select(func.max(place)).where(*there, place < paragraph.position).scalar_subquery()
    after = select(func.min(place)).where(*there, place > paragraph.position).scalar_subquery()
    beside = select(Paragraph).where(*there, or_(place == before, place == after)).order_by(place)
    found = (await session.scalars(beside)).all()
    return (
        next((one for one in found if one.position < paragraph.position), None),
        next((one for one in found if one.position > paragraph.position), None),
    )


async def lock_slug(session: AsyncSession, slug: str) -> None:
    """Two imports of one slug come one after the other, also the first two."""
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended('publication:' || :slug, 0))"), {"slug": slug}
    )


async def waiting(session: AsyncSession, slug: str, *, whole: bool = False) -> tuple[WaitingText, Called] | None:
    """The text that waits to be published as `slug`; `whole` with its document and its file."""
    wanted = select(WaitingText, _meeting_title("unpublished")) if whole else _WAITING
    options = {"populate_existing": whole}
    found = await session.execute(wanted.where(col(WaitingText.slug) == slug), execution_options=options)
    return found.one_or_none()


async def all_waiting(session: AsyncSession) -> Sequence[tuple[WaitingText, Called]]:
    """The texts that wait, the longest waiting first."""
    return (await session.execute(_WAITING.order_by(col(WaitingText.stored_at)))).all()


async def let_wait(session: AsyncSession, given: WaitingText) -> None:
    """Lets a text wait, in the place of one that waits with the same slug."""
    values = {name: getattr(given, name) for name in _GIVEN}
    replaced = {**values, "revision": func.nextval("unpublished_revisions"), "stored_at": database_now()}
    statement = insert_or_replace(table_of(WaitingText)).values(**values)
    await session.execute(statement.on_conflict_do_update(index_elements=["slug"], set_=replaced))


async def remove_waiting(session: AsyncSession, slug: str) -> None:
    await session.execute(delete(WaitingText).where(col(WaitingText.slug) == slug), execution_options=UNSEEN)


async def store_paragraphs(session: AsyncSession, paragraphs: Sequence[Paragraph]) -> None:
    """Stores new and changed paragraphs, by their references."""
    statement = insert_or_replace(_paragraphs)
    new = statement.excluded
    statement = statement.on_conflict_do_update(
        index_elements=["publication", "ref"],
        set_={"position": new.position, "data": new.data, "deleted_at": None, "stored_at": database_now()},
    )
    columns = ("id", "publication", "ref", "position", "data")
    if paragraphs:
        await session.execute(statement, [{name: getattr(one, name) for name in columns} for one in paragraphs])


async def remove_paragraphs(session: AsyncSession, ids: Sequence[UUID]) -> None:
    """The paragraphs are no longer there; their rows stay, so that their ids do."""
    gone = update(Paragraph).where(col(Paragraph.id).in_(ids))
    await session.execute(gone.values(deleted_at=database_now(), stored_at=database_now()), execution_options=UNSEEN)


_GIVEN = ("slug", "imported_by", "data", "document", "source_file", "source_name", "source_digest")

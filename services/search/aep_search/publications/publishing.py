"""Publishing a text that waits, withdrawing one that is public, and putting paragraphs in their place."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncSession

from aep_search import policies
from aep_search.errors import OwnPublication, PublicationWithdrawn
from aep_search.importer import Document, Paragraph
from aep_search.indexing import marks
from aep_search.publications import repository
from aep_search.publications.models import Description, Note, Passage, Publication, WaitingText
from aep_search.publications.models import Paragraph as Stored
from aep_shared.access import audit
from aep_shared.access.actor import Actor
from aep_shared.database.tables import database_now
from aep_shared.errors import NotFound
from aep_shared.flow import outbox
from aep_shared.http.revisions import require_revision
from aep_shared.ids import new_id

DOCUMENT: TypeAdapter[Document] = TypeAdapter(Document)


@dataclass(frozen=True, slots=True)
class Text:
    """What is imported: its description, its paragraphs, and the file that they are from."""

    described: Description
    document: Document
    file: bytes
    file_name: str

    @property
    def digest(self) -> bytes:
        return hashlib.sha256(self.file).digest()

    def is_that_of(self, stored: Publication | WaitingText) -> bool:
        """Whether this is the stored text; what was withdrawn is none."""
        withdrawn = isinstance(stored, Publication) and stored.deleted_at is not None
        return not withdrawn and stored.source_digest == self.digest and stored.data == self.described


async def publish(session: AsyncSession, actor: Actor, slug: str, revision: int | None) -> UUID:
    """Publishes the text that waits as `slug`; its id.

    Raises `NotFound`, `PreconditionFailed` where another text waits than the one that was read, `OwnPublication`.
    """
    actor.must(policies.publish_publication)
    await repository.lock_slug(session, slug)
    found = await repository.waiting(session, slug, whole=True)
    if found is None:
        raise NotFound(f"no text waits to be published as '{slug}'")
    waiting, _ = found
    require_revision("text that waits", waiting.revision, revision)
    if waiting.imported_by == actor.person:
        raise OwnPublication()
    document = DOCUMENT.validate_python(waiting.document)
    text = Text(waiting.data, document, waiting.source_file, waiting.source_name)
    publication, _counts = await put_up(session, slug, text)
    await audit.record(session, actor, "publish", "publication", publication, None, as_json(text.described))
    return publication


async def withdraw(session: AsyncSession, actor: Actor, slug: str, reason: str, revision: int | None) -> None:
    """Takes a publication and its paragraphs back from everywhere; its address says why.

    Raises `NotFound`, `PublicationWithdrawn` and `PreconditionFailed`.
    """
    actor.must(policies.publish_publication)
    await repository.lock_slug(session, slug)
    found = await repository.find(session, slug, lock=True)
    if found is None:
        raise NotFound(f"there is no publication '{slug}'")
    publication, _ = found
    if publication.deleted_at is not None:
        raise PublicationWithdrawn(f"'{slug}' was withdrawn already: {publication.withdrawn_reason}")
    require_revision("publication", publication.revision, revision)
    publication.deleted_at, publication.withdrawn_reason = database_now(), reason
    publication.changed()
    paragraphs = await session.scalars(repository.paragraphs_in(publication.id))
    outbox.note(session, repository.PUBLICATION_AGGREGATE, publication.id)
    outbox.note(session, repository.PARAGRAPH_AGGREGATE, *(p.id for p in paragraphs if p.deleted_at is None))
    await marks.add(session, "publication", [str(publication.id)])
    before = as_json(publication.data)
    await audit.record(session, actor, "withdraw", "publication", publication.id, before, {"reason": reason})


async def put_up(session: AsyncSession, slug: str, text: Text) -> tuple[UUID, dict[str, int]]:
    """Makes a text the published one of its slug; its id, and how many paragraphs changed and disappeared.

    The slug must be locked.
    """
    found = await repository.find(session, slug, lock=True)
    was_withdrawn = found is not None and found[0].deleted_at is not None
    publication = found[0] if found else _new(slug, text)
    if found:
        _replace(publication, text)
    session.add(publication)
    await session.flush()
    counts = await _store_paragraphs(session, publication, text.document, all_anew=was_withdrawn)
    await repository.remove_waiting(session, slug)
    outbox.note(session, repository.PUBLICATION_AGGREGATE, publication.id)
    await marks.add(session, "publication", [str(publication.id)])
    return publication.id, counts


def _new(slug: str, text: Text) -> Publication:
    return Publication(
        slug=slug,
        data=text.described,
        source_file=text.file,
        source_name=text.file_name,
        source_digest=text.digest,
    )


def _replace(publication: Publication, text: Text) -> None:
    """Makes a publication, also one that was withdrawn, that of another text."""
    publication.data, publication.deleted_at, publication.withdrawn_reason = text.described, None, None
    publication.source_file, publication.source_name = text.file, text.file_name
    publication.source_digest = text.digest
    publication.changed()


def as_json(described: Description) -> dict[str, object]:
    """A description as the audit digests it."""
    return described.model_dump(mode="json")


def passage_of(paragraph: Paragraph, language: str) -> Passage:
    """A paragraph of a file as it is stored."""
    return Passage(
        number=paragraph.number,
        kind=paragraph.kind,
        heading=list(paragraph.heading),
        text={language: paragraph.text},
        footnotes=[Note(mark=note.mark, text=note.text) for note in paragraph.footnotes],
        links=list(paragraph.links),
    )


async def _store_paragraphs(
    session: AsyncSession, publication: Publication, document: Document, *, all_anew: bool
) -> dict[str, int]:
    """Stores what differs, keeping the id of every ref; texts in other languages stay.

    With `all_anew` every paragraph is published again: those of a withdrawn publication are gone everywhere.
    """
    known = {row.ref: row for row in await session.scalars(repository.paragraphs_in(publication.id))}
    changed: list[Stored] = []
    for position, paragraph in enumerate(document.paragraphs):
        row = known.pop(paragraph.ref, None)
        passage = passage_of(paragraph, publication.data.language)
        if row is not None:
            passage = passage.model_copy(update={"text": {**row.data.text, **passage.text}})
            if not all_anew and row.deleted_at is None and row.position == position and row.data == passage:
                continue
        changed.append(
            Stored(
                id=row.id if row else new_id(),
                publication=publication.id,
                ref=paragraph.ref,
                position=position,
                data=passage,
            )
        )
    gone = [row.id for row in known.values() if row.deleted_at is None]
    await repository.store_paragraphs(session, changed)
    await repository.remove_paragraphs(session, gone)
    touched = [*(row.id for row in changed), *gone]
    outbox.note(session, repository.PARAGRAPH_AGGREGATE, *touched)
    await marks.add(session, "paragraph", [str(key) for key in touched])
    return {"changed": len(changed), "gone": len(gone)}

"""Publishing a text that waits, withdrawing one that is public, and putting paragraphs in their place."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, TypeGuard
from uuid import UUID

import orjson
from pydantic import TypeAdapter
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from aep_search import policies
from aep_search.errors import OwnPublication, PublicationWithdrawn
from aep_search.importer import Document, Paragraph
from aep_search.indexing import marks
from aep_search.publications import repository
from aep_shared.access import audit
from aep_shared.access.actor import Actor
from aep_shared.errors import NotFound
from aep_shared.flow import outbox
from aep_shared.http.revisions import require_revision
from aep_shared.ids import new_id

DOCUMENT: TypeAdapter[Document] = TypeAdapter(Document)


@dataclass(frozen=True, slots=True)
class Text:
    """What is imported: its description, its paragraphs, and the file that they are from."""

    described: dict[str, Any]
    document: Document
    file: bytes
    file_name: str

    @property
    def digest(self) -> bytes:
        return hashlib.sha256(self.file).digest()

    @property
    def source(self) -> dict[str, Any]:
        return {"source_file": self.file, "source_name": self.file_name, "source_digest": self.digest}

    def is_that_of(self, row: Row[Any] | None) -> TypeGuard[Row[Any]]:
        """Whether there is a stored text and it is this one; what was withdrawn is none."""
        if row is None or getattr(row, "deleted_at", None) is not None:
            return False
        return bool(row.source_digest == self.digest and row.data == self.described)


async def publish(session: AsyncSession, actor: Actor, slug: str, revision: int | None) -> UUID:
    """Publishes the text that waits as `slug`; its id.

    Raises `NotFound`, `PreconditionFailed` where another text waits than the one that was read, `OwnPublication`.
    """
    actor.must(policies.publish_publication)
    await repository.lock_slug(session, slug)
    waiting = await repository.unpublished(session, slug)
    if waiting is None:
        raise NotFound(f"no text waits to be published as '{slug}'")
    require_revision("text that waits", waiting.revision, revision)
    if waiting.imported_by == actor.person:
        raise OwnPublication()
    document = DOCUMENT.validate_python(waiting.document)
    publication, _counts = await put_up(
        session, slug, Text(waiting.data, document, waiting.source_file, waiting.source_name)
    )
    await audit.record(session, actor, "publish", "publication", publication, None, waiting.data)
    return publication


async def withdraw(session: AsyncSession, actor: Actor, slug: str, reason: str, revision: int | None) -> None:
    """Takes a publication and its paragraphs back from everywhere; its address says why.

    Raises `NotFound`, `PublicationWithdrawn` and `PreconditionFailed`.
    """
    actor.must(policies.publish_publication)
    await repository.lock_slug(session, slug)
    row = await repository.find(session, slug, lock=True)
    if row is None:
        raise NotFound(f"there is no publication '{slug}'")
    if row.deleted_at is not None:
        raise PublicationWithdrawn(f"'{slug}' was withdrawn already: {row.withdrawn_reason}")
    require_revision("publication", row.revision, revision)
    await repository.change(session, row.id, deleted_at=repository.NOW, withdrawn_reason=reason)
    paragraphs = await repository.paragraphs_of(session, row.id)
    outbox.note(session, repository.PUBLICATION_AGGREGATE, row.id)
    outbox.note(session, repository.PARAGRAPH_AGGREGATE, *(p.id for p in paragraphs if p.deleted_at is None))
    await marks.add(session, "publication", [str(row.id)])
    await audit.record(session, actor, "withdraw", "publication", row.id, row.data, {"reason": reason})


async def put_up(session: AsyncSession, slug: str, text: Text) -> tuple[UUID, dict[str, int]]:
    """Makes a text the published one of its slug; its id, and how many paragraphs changed and disappeared.

    The slug must be locked.
    """
    row = await repository.find(session, slug, lock=True)
    stored = {"data": text.described, **text.source}
    if row is None:
        publication = await repository.add(session, slug=slug, **stored)
    else:
        publication = row.id
        await repository.change(session, publication, deleted_at=None, withdrawn_reason=None, **stored)
    counts = await _store_paragraphs(
        session,
        publication,
        text.document,
        text.described["language"],
        all_anew=row is not None and row.deleted_at is not None,
    )
    await repository.remove_unpublished(session, slug)
    outbox.note(session, repository.PUBLICATION_AGGREGATE, publication)
    await marks.add(session, "publication", [str(publication)])
    return publication, counts


def stored_paragraph(paragraph: Paragraph, language: str) -> dict[str, Any]:
    """A paragraph of a file as it is stored."""
    return {
        "number": paragraph.number,
        "kind": paragraph.kind,
        "heading": list(paragraph.heading),
        "text": {language: paragraph.text},
        "footnotes": [{"mark": note.mark, "text": note.text} for note in paragraph.footnotes],
        "links": list(paragraph.links),
    }


async def _store_paragraphs(
    session: AsyncSession, publication: UUID, document: Document, language: str, *, all_anew: bool
) -> dict[str, int]:
    """Stores what differs, keeping the id of every ref; texts in other languages stay.

    With `all_anew` every paragraph is published again: those of a withdrawn publication are gone everywhere.
    """
    known = {row.ref: row for row in await repository.paragraphs_of(session, publication)}
    changed: list[dict[str, Any]] = []
    for position, paragraph in enumerate(document.paragraphs):
        row = known.pop(paragraph.ref, None)
        data = stored_paragraph(paragraph, language)
        if row is not None:
            data["text"] = {**row.data["text"], **data["text"]}
            if not all_anew and row.deleted_at is None and row.position == position and row.data == data:
                continue
        changed.append(
            {
                "id": row.id if row else new_id(),
                "publication": publication,
                "ref": paragraph.ref,
                "position": position,
                "data": orjson.dumps(data).decode(),
            }
        )
    gone = [row.id for row in known.values() if row.deleted_at is None]
    await repository.store_paragraphs(session, changed)
    await repository.remove_paragraphs(session, gone)
    touched: list[UUID] = [*(row["id"] for row in changed), *gone]
    outbox.note(session, repository.PARAGRAPH_AGGREGATE, *touched)
    await marks.add(session, "paragraph", [str(key) for key in touched])
    return {"changed": len(changed), "gone": len(gone)}

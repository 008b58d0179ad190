"""Use cases of publications: importing a text, trying that first, showing it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from aep_search import policies
from aep_search.errors import TextChanged
from aep_search.importer import Document, Paragraph
from aep_search.indexing import marks
from aep_search.publications import repository
from aep_search.publications.parsing import parse_file
from aep_search.publications.schemas import PublicationIn
from aep_shared import audit, outbox
from aep_shared.auth.actor import Actor
from aep_shared.errors import NotFound
from aep_shared.ids import new_id


async def import_publication(
    session: AsyncSession, actor: Actor, given: PublicationIn, data: bytes, file_name: str
) -> dict[str, Any]:
    """Imports a file as a publication; what became of it, with a line for each paragraph on a dry run.

    The same text and words again do nothing. Raises `TextChanged` where the text differs and `replace` is not set.
    """
    actor.must(policies.import_publication)
    document = await parse_file(data, file_name, given.language)
    if given.dry_run:
        return {"outcome": "dry-run", **report(document)}
    await repository.lock_slug(session, given.slug)
    row = await repository.find(session, given.slug, lock=True)
    digest = hashlib.sha256(data).digest()
    described = _described(given, document)
    if row is not None and row.deleted_at is None and row.source_digest == digest and row.data == described:
        return {"outcome": "unchanged", "slug": given.slug, "id": str(row.id)}
    if row is not None and row.source_digest != digest and not given.replace:
        raise TextChanged(f"'{given.slug}' has another text; nothing was changed")
    stored = {"data": described, "source_file": data, "source_name": file_name, "source_digest": digest}
    if row is None:
        publication, outcome = await repository.add(session, slug=given.slug, **stored), "created"
    else:
        publication, outcome = row.id, "replaced"
        await repository.change(session, publication, **stored)
    counts = await _store_paragraphs(session, publication, document, given.language)
    outbox.note(session, repository.PUBLICATION_AGGREGATE, publication)
    await marks.add(session, "publication", [str(publication)])
    await audit.record(session, actor, "import", "publication", publication, row and row.data, described)
    return {
        "outcome": outcome,
        "slug": given.slug,
        "id": str(publication),
        **counts,
        **report(document, lines=False),
    }


def report(document: Document, *, lines: bool = True) -> dict[str, Any]:
    """What an import found: gaps and doubled numbers always, refs with their first words on a dry run."""
    found: dict[str, Any] = {
        "paragraphs": len(document.paragraphs),
        "gaps": list(document.gaps),
        "doubled": list(document.doubled),
        "removed": len(document.removed),
    }
    if lines:
        found["items"] = [{"ref": p.ref, "first_words": " ".join(p.text.split()[:8])} for p in document.paragraphs]
        found["removed_lines"] = [{"line": r.line, "reason": r.reason, "text": r.text} for r in document.removed]
    return found


def _described(given: PublicationIn, document: Document) -> dict[str, Any]:
    fields = given.model_dump(mode="json", include={"title", "kind", "status", "date", "meeting", "language"})
    headings = [{"level": h.level, "text": h.label, "line": h.line} for h in document.headings]
    return {**fields, "paragraphs": len(document.paragraphs), "headings": headings}


def _paragraph(paragraph: Paragraph, language: str) -> dict[str, Any]:
    return {
        "number": paragraph.number,
        "kind": paragraph.kind,
        "heading": list(paragraph.heading),
        "text": {language: paragraph.text},
        "footnotes": [{"mark": note.mark, "text": note.text} for note in paragraph.footnotes],
        "links": list(paragraph.links),
    }


async def _store_paragraphs(
    session: AsyncSession, publication: UUID, document: Document, language: str
) -> dict[str, int]:
    """Stores what differs, keeping the id of every ref; texts in other languages stay."""
    known = {row.ref: row for row in await repository.paragraphs_of(session, publication)}
    changed: list[dict[str, Any]] = []
    for position, paragraph in enumerate(document.paragraphs):
        row = known.pop(paragraph.ref, None)
        data = _paragraph(paragraph, language)
        if row is not None:
            data["text"] = {**row.data["text"], **data["text"]}
            if row.deleted_at is None and row.position == position and row.data == data:
                continue
        changed.append({"id": row.id if row else new_id(), "publication": publication, "ref": paragraph.ref,
                        "position": position, "data": orjson.dumps(data).decode()})  # fmt: skip
    gone = [row.id for row in known.values() if row.deleted_at is None]
    await repository.store_paragraphs(session, changed)
    await repository.remove_paragraphs(session, gone)
    touched: list[UUID] = [*(row["id"] for row in changed), *gone]
    outbox.note(session, repository.PARAGRAPH_AGGREGATE, *touched)
    await marks.add(session, "paragraph", [str(key) for key in touched])
    return {"changed": len(changed), "gone": len(gone)}


async def publication(session: AsyncSession, slug: str) -> Row[Any]:
    """The publication with this slug.

    Raises `NotFound`.
    """
    row = await repository.find(session, slug)
    if row is None or row.deleted_at is not None:
        raise NotFound(f"there is no publication '{slug}'")
    return row


async def paragraph(session: AsyncSession, slug: str, ref: str) -> tuple[Row[Any], Row[Any]]:
    """A paragraph and its publication.

    Raises `NotFound`.
    """
    owner = await publication(session, slug)
    row = await repository.find_paragraph(session, owner.id, ref)
    if row is None:
        raise NotFound(f"'{slug}' has no paragraph '{ref}'")
    return row, owner


def shown_publication(row: Row[Any]) -> dict[str, Any]:
    """A publication as the API shows it."""
    if row.deleted_at is not None:
        return {"id": str(row.id), "slug": row.slug, "deleted_at": row.deleted_at.isoformat()}
    return {"id": str(row.id), "slug": row.slug, **row.data, "url": f"/publications/{row.slug}",
            "updated_at": row.stored_at.isoformat()}  # fmt: skip


def shown_paragraph(row: Any, slug: str) -> Mapping[str, Any]:
    """A paragraph as the API shows it."""
    address = f"/publications/{slug}/paragraphs/{row.ref}"
    if row.deleted_at is not None:
        return {"id": str(row.id), "ref": row.ref, "deleted_at": row.deleted_at.isoformat()}
    return {
        "id": str(row.id),
        "ref": row.ref,
        **row.data,
        "position": row.position,
        "publication": slug,
        "url": address,
    }

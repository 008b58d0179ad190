"""Use cases of publications: importing a text, trying that first, showing it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from aep_search import policies
from aep_search.errors import PublicationWithdrawn, TextChanged
from aep_search.importer import Document
from aep_search.publications import publishing, repository
from aep_search.publications.parsing import parse_file
from aep_search.publications.publishing import DOCUMENT, Text
from aep_search.publications.schemas import (
    ImportOut,
    Neighbour,
    ParagraphInPlace,
    ParagraphOut,
    Passage,
    PublicationIn,
    PublicationOut,
    RemovedParagraph,
    RemovedPublication,
    UnpublishedOut,
)
from aep_shared.access import audit
from aep_shared.access.actor import Actor
from aep_shared.contracts.search import Footnote
from aep_shared.errors import NotFound
from aep_shared.http.revisions import require_revision


async def import_publication(
    session: AsyncSession, actor: Actor, given: PublicationIn, data: bytes, file_name: str
) -> ImportOut:
    """Imports a file; what became of it, with a line for each paragraph on a dry run.

    The text waits until a second person publishes it; what the local operator imports is published at once. The same
    text and words again do nothing. Raises `TextChanged` where the text differs and `replace` is not set.
    """
    actor.must(policies.import_publication)
    document = await parse_file(data, file_name, given.language)
    if given.dry_run:
        return ImportOut(outcome="dry-run", **report(document))
    await repository.lock_slug(session, given.slug)
    found = await repository.find(session, given.slug, lock=True)
    waiting = await repository.unpublished(session, given.slug)
    text = Text(_described(given, document), document, data, file_name)
    at_once = actor.may(policies.publish_at_once)
    answer = {"slug": given.slug, **report(document, lines=False)}
    if text.is_that_of(found):
        return ImportOut(outcome="unchanged", state="published", id=found.id, **answer)
    if text.is_that_of(waiting) and not at_once:
        return ImportOut(outcome="unchanged", state="unpublished", **answer)
    known = [row for row in (found, waiting) if row is not None]
    if not given.replace and any(row.source_digest != text.digest for row in known):
        raise TextChanged(f"'{given.slug}' has another text; nothing was changed")
    outcome = "replaced" if known else "created"
    if at_once:
        publication, counts = await publishing.put_up(session, given.slug, text)
        await audit.record(session, actor, "publish", "publication", publication, found and found.data, text.described)
        return ImportOut(outcome=outcome, state="published", id=publication, **answer, **counts)
    await _let_wait(session, actor, given.slug, text)
    await audit.record(session, actor, "import", "publication", given.slug, waiting and waiting.data, text.described)
    return ImportOut(outcome=outcome, state="unpublished", **answer)


async def _let_wait(session: AsyncSession, actor: Actor, slug: str, text: Text) -> None:
    document = DOCUMENT.dump_python(text.document, mode="json")
    await repository.store_unpublished(
        session, slug=slug, imported_by=actor.person, data=text.described, document=document, **text.source
    )


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


async def publication(session: AsyncSession, slug: str, *, lock: bool = False) -> Row[Any]:
    """The published text with this slug.

    Raises `NotFound`, and `PublicationWithdrawn` with the reason.
    """
    row = await repository.find(session, slug, lock=lock)
    if row is None:
        raise NotFound(f"there is no publication '{slug}'")
    if row.deleted_at is not None:
        raise PublicationWithdrawn(
            f"'{slug}' was withdrawn: {row.withdrawn_reason}",
            reason=row.withdrawn_reason,
            withdrawn_at=row.deleted_at.isoformat(),
        )
    return row


async def unpublished(session: AsyncSession, actor: Actor, slug: str) -> Row[Any]:
    """The text that waits to be published as `slug`.

    Raises `Forbidden` and `NotFound`.
    """
    actor.must(policies.import_publication)
    row = await repository.unpublished(session, slug)
    if row is None:
        raise NotFound(f"no text waits to be published as '{slug}'")
    return row


async def discard(session: AsyncSession, actor: Actor, slug: str, revision: int | None) -> None:
    """Removes a text that waits to be published; `revision` is the one that was read, if the client said so.

    Raises `Forbidden`, `NotFound` and `PreconditionFailed`.
    """
    await repository.lock_slug(session, slug)
    row = await unpublished(session, actor, slug)
    require_revision("text that waits", row.revision, revision)
    await repository.remove_unpublished(session, slug)
    await audit.record(session, actor, "discard", "publication", slug, row.data, None)


async def paragraph(session: AsyncSession, slug: str, ref: str) -> tuple[Row[Any], Row[Any]]:
    """A paragraph and its publication.

    Raises `NotFound`.
    """
    owner = await publication(session, slug)
    row = await repository.find_paragraph(session, owner.id, ref)
    if row is None:
        raise NotFound(f"'{slug}' has no paragraph '{ref}'")
    return row, owner


def shown_publication(row: Row[Any]) -> PublicationOut:
    """A publication as the API shows it."""
    return PublicationOut(
        id=row.id,
        slug=row.slug,
        **row.data,
        url=f"/publications/{row.slug}",
        meeting_title=row.meeting_title,
        updated_at=row.stored_at,
    )


def listed_publication(row: Row[Any]) -> PublicationOut | RemovedPublication:
    """A publication as a list shows it."""
    if row.deleted_at is not None:
        return RemovedPublication(id=row.id, slug=row.slug, deleted_at=row.deleted_at)
    return shown_publication(row)


def shown_unpublished(row: Row[Any]) -> UnpublishedOut:
    """A text that waits, as the API shows it to those who may import."""
    return UnpublishedOut(
        slug=row.slug,
        **row.data,
        imported_by=row.imported_by,
        revision=row.revision,
        meeting_title=row.meeting_title,
        updated_at=row.stored_at,
    )


def unpublished_paragraphs(row: Row[Any]) -> list[Passage]:
    """The paragraphs of a text that waits, as those of a published one are shown; they have no ids yet."""
    document = DOCUMENT.validate_python(row.document)
    return [
        Passage.model_construct(
            **_words(publishing.stored_paragraph(paragraph, row.data["language"])),
            ref=paragraph.ref,
            position=position,
            publication=row.slug,
            url=f"/publications/{row.slug}/paragraphs/{paragraph.ref}",
        )
        for position, paragraph in enumerate(document.paragraphs)
    ]


def shown_paragraph(row: Row[Any], slug: str) -> ParagraphOut:
    """A paragraph as the API shows it."""
    return ParagraphOut.model_construct(
        **_words(row.data),
        id=row.id,
        ref=row.ref,
        position=row.position,
        publication=slug,
        url=f"/publications/{slug}/paragraphs/{row.ref}",
    )


def _words(stored: Mapping[str, Any]) -> dict[str, Any]:
    """A paragraph as it is stored, to the letter: what its author wrote is not put into another form."""
    return {**stored, "footnotes": [Footnote.model_construct(**note) for note in stored["footnotes"]]}


async def in_place(session: AsyncSession, row: Row[Any], slug: str) -> ParagraphInPlace:
    """A paragraph between its neighbours."""
    beside = await repository.neighbours(session, row.publication, row.position)
    before = next((_neighbour(one, slug) for one in beside if one.position < row.position), None)
    after = next((_neighbour(one, slug) for one in beside if one.position > row.position), None)
    return ParagraphInPlace.model_construct(**dict(shown_paragraph(row, slug)), before=before, after=after)


def _neighbour(row: Row[Any], slug: str) -> Neighbour:
    address = f"/publications/{slug}/paragraphs/{row.ref}"
    return Neighbour.model_construct(ref=row.ref, text=row.data["text"], url=address)


def listed_paragraph(row: Row[Any], slug: str) -> ParagraphOut | RemovedParagraph:
    """A paragraph as a list shows it."""
    if row.deleted_at is not None:
        return RemovedParagraph(id=row.id, ref=row.ref, deleted_at=row.deleted_at)
    return shown_paragraph(row, slug)

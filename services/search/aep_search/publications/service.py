"""Use cases of publications: importing a text, trying that first, showing it."""

from __future__ import annotations

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from aep_search import policies
from aep_search.errors import PublicationWithdrawn, TextChanged
from aep_search.importer import Document
from aep_search.publications import publishing, repository
from aep_search.publications.models import Description, Heading, Paragraph, Publication, WaitingText
from aep_search.publications.parsing import parse_file
from aep_search.publications.publishing import DOCUMENT, Text, as_json, passage_of
from aep_search.publications.repository import Called
from aep_search.publications.schemas import (
    ImportOut,
    Neighbour,
    ParagraphInPlace,
    ParagraphOut,
    PassageOut,
    PublicationIn,
    PublicationOut,
    RemovedParagraph,
    RemovedPublication,
    UnpublishedOut,
)
from aep_shared.access import audit
from aep_shared.access.actor import Actor
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
    public, waiting = await _known(session, given.slug)
    text = Text(_described(given, document), document, data, file_name)
    at_once = actor.may(policies.publish_at_once)
    answer = {"slug": given.slug, **report(document, lines=False)}
    if public is not None and text.is_that_of(public):
        return ImportOut(outcome="unchanged", state="published", id=public.id, **answer)
    if waiting is not None and text.is_that_of(waiting) and not at_once:
        return ImportOut(outcome="unchanged", state="unpublished", **answer)
    known = [one for one in (public, waiting) if one is not None]
    if not given.replace and any(one.source_digest != text.digest for one in known):
        raise TextChanged(f"'{given.slug}' has another text; nothing was changed")
    outcome = "replaced" if known else "created"
    after = as_json(text.described)
    if at_once:
        before = as_json(public.data) if public else None
        publication, counts = await publishing.put_up(session, given.slug, text)
        await audit.record(session, actor, "publish", "publication", publication, before, after)
        return ImportOut(outcome=outcome, state="published", id=publication, **answer, **counts)
    before = as_json(waiting.data) if waiting else None
    await _let_wait(session, actor, given.slug, text)
    await audit.record(session, actor, "import", "publication", given.slug, before, after)
    return ImportOut(outcome=outcome, state="unpublished", **answer)


async def _known(session: AsyncSession, slug: str) -> tuple[Publication | None, WaitingText | None]:
    """The texts that the slug has: the public one, and the one that waits."""
    public = await repository.find(session, slug, lock=True)
    waiting = await repository.waiting(session, slug)
    return public[0] if public else None, waiting[0] if waiting else None


async def _let_wait(session: AsyncSession, actor: Actor, slug: str, text: Text) -> None:
    assert actor.person is not None
    given = WaitingText(
        slug=slug,
        imported_by=actor.person,
        data=text.described,
        document=DOCUMENT.dump_python(text.document, mode="json"),
        source_file=text.file,
        source_name=text.file_name,
        source_digest=text.digest,
    )
    await repository.let_wait(session, given)


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


def _described(given: PublicationIn, document: Document) -> Description:
    fields = given.model_dump(mode="json", include={"title", "kind", "status", "date", "meeting", "language"})
    headings = [Heading(level=h.level, text=h.label, line=h.line) for h in document.headings]
    return Description(**fields, paragraphs=len(document.paragraphs), headings=headings)


async def publication(session: AsyncSession, slug: str) -> tuple[Publication, Called]:
    """The published text with this slug, and what its meeting is called.

    Raises `NotFound`, and `PublicationWithdrawn` with the reason.
    """
    found = await repository.find(session, slug)
    if found is None:
        raise NotFound(f"there is no publication '{slug}'")
    row = found[0]
    if row.deleted_at is not None:
        raise PublicationWithdrawn(
            f"'{slug}' was withdrawn: {row.withdrawn_reason}",
            reason=row.withdrawn_reason,
            withdrawn_at=row.deleted_at.isoformat(),
        )
    return found


async def waiting(session: AsyncSession, actor: Actor, slug: str, *, whole: bool = False) -> tuple[WaitingText, Called]:
    """The text that waits to be published as `slug`, and what its meeting is called; `whole` with its document.

    Raises `Forbidden` and `NotFound`.
    """
    actor.must(policies.import_publication)
    found = await repository.waiting(session, slug, whole=whole)
    if found is None:
        raise NotFound(f"no text waits to be published as '{slug}'")
    return found


async def discard(session: AsyncSession, actor: Actor, slug: str, revision: int | None) -> None:
    """Removes a text that waits to be published; `revision` is the one that was read, if the client said so.

    Raises `Forbidden`, `NotFound` and `PreconditionFailed`.
    """
    await repository.lock_slug(session, slug)
    text, _ = await waiting(session, actor, slug)
    require_revision("text that waits", text.revision, revision)
    await repository.remove_waiting(session, slug)
    await audit.record(session, actor, "discard", "publication", slug, as_json(text.data), None)


def shown_publication(found: Publication, meeting_title: Called) -> PublicationOut:
    """A publication as the API shows it."""
    return PublicationOut(
        id=found.id,
        slug=found.slug,
        **dict(found.data),
        url=f"/publications/{found.slug}",
        meeting_title=meeting_title,
        updated_at=found.stored_at,
    )


def listed_publication(found: Publication, meeting_title: Called) -> PublicationOut | RemovedPublication:
    """A publication as a list shows it."""
    if found.deleted_at is not None:
        return RemovedPublication(id=found.id, slug=found.slug, deleted_at=found.deleted_at)
    return shown_publication(found, meeting_title)


def shown_waiting(found: WaitingText, meeting_title: Called) -> UnpublishedOut:
    """A text that waits, as the API shows it to those who may import."""
    return UnpublishedOut(
        slug=found.slug,
        **dict(found.data),
        imported_by=found.imported_by,
        revision=found.revision,
        meeting_title=meeting_title,
        updated_at=found.stored_at,
    )


def waiting_passages(found: WaitingText) -> list[PassageOut]:
    """The paragraphs of a text that waits, as those of a published one are shown; they have no ids yet."""
    document = DOCUMENT.validate_python(found.document)
    return [
        PassageOut.model_construct(
            **dict(passage_of(paragraph, found.data.language)), **_place(found.slug, paragraph.ref, position)
        )
        for position, paragraph in enumerate(document.paragraphs)
    ]


def shown_paragraph(found: Paragraph, slug: str) -> ParagraphOut:
    """A paragraph as the API shows it: to the letter, so nothing is validated again."""
    return ParagraphOut.model_construct(id=found.id, **dict(found.data), **_place(slug, found.ref, found.position))


def _place(slug: str, ref: str, position: int) -> dict[str, Any]:
    return {"ref": ref, "position": position, "publication": slug, "url": f"/publications/{slug}/paragraphs/{ref}"}


async def paragraph(session: AsyncSession, slug: str, ref: str) -> ParagraphInPlace:
    """A paragraph between its neighbours.

    Raises `NotFound`.
    """
    owner, _ = await publication(session, slug)
    found = await repository.find_paragraph(session, owner.id, ref)
    if found is None:
        raise NotFound(f"'{slug}' has no paragraph '{ref}'")
    before, after = await repository.neighbours(session, found)
    shown = dict(shown_paragraph(found, slug))
    return ParagraphInPlace.model_construct(**shown, before=_neighbour(before, slug), after=_neighbour(after, slug))


def _neighbour(found: Paragraph | None, slug: str) -> Neighbour | None:
    if found is None:
        return None
    address = f"/publications/{slug}/paragraphs/{found.ref}"
    return Neighbour.model_construct(ref=found.ref, text=found.data.text, url=address)


def listed_paragraph(found: Paragraph, slug: str) -> ParagraphOut | RemovedParagraph:
    """A paragraph as a list shows it."""
    if found.deleted_at is not None:
        return RemovedParagraph(id=found.id, ref=found.ref, deleted_at=found.deleted_at)
    return shown_paragraph(found, slug)

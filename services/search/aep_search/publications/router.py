"""The routes of publications."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, File, Form, Query, Request, Response, UploadFile
from sqlalchemy.ext.asyncio import AsyncSession

from aep_search import policies
from aep_search.publications import publishing, repository, service
from aep_search.publications.models import Publication, WaitingText
from aep_search.publications.repository import PARAGRAPH_GRAMMAR, PUBLICATION_GRAMMAR, Called
from aep_search.publications.schemas import (
    ImportOut,
    ParagraphInPlace,
    ParagraphOut,
    ParagraphQuery,
    PassageOut,
    PublicationIn,
    PublicationOut,
    PublicationQuery,
    RemovedParagraph,
    RemovedPublication,
    UnpublishedList,
    UnpublishedOut,
    UnpublishedText,
    Withdrawal,
)
from aep_shared.access.actor import Actor
from aep_shared.access.limits import Limit, Rate
from aep_shared.access.policy import PUBLIC, guarded_by
from aep_shared.errors import InvalidInput, NotFound
from aep_shared.http import lists
from aep_shared.http.edge import CurrentActor, EdgeRoute, Session
from aep_shared.http.revisions import Revision, entity_tag

IMPORT = Limit("import", account=Rate(300, 600))

router = APIRouter(route_class=EdgeRoute, tags=["publications"], prefix="/publications")


@router.get("", response_model=lists.listed(PublicationOut, others=(RemovedPublication,)), **guarded_by(PUBLIC))
async def list_publications(
    request: Request,
    response: Response,
    query: Annotated[PublicationQuery, Query()],
    session: AsyncSession = Session,
) -> Any:
    """Publications, the newest first."""
    rows, cursor = await lists.page(request, session, repository.PUBLISHED, query, PUBLICATION_GRAMMAR)
    return lists.answer(
        request, response, [service.listed_publication(row[0], row.meeting_title) for row in rows], query, cursor
    )


@router.post(
    "", status_code=200, response_model_exclude_none=True, **guarded_by(policies.import_publication, IMPORT, alone=True)
)
async def import_publication(
    about: Annotated[str, Form(description="JSON object: slug, title, kind, language, date, status, replace, dry_run")],
    file: Annotated[UploadFile, File(description="UTF-8 text or Markdown")],
    actor: Actor = CurrentActor,
    session: AsyncSession = Session,
) -> ImportOut:
    """Imports a text; each of its paragraphs gets an address once a second person has published it."""
    try:
        fields = orjson.loads(about)
    except ValueError as problem:
        raise InvalidInput("'about' is not a JSON object") from problem
    given = PublicationIn.model_validate(fields)
    return await service.import_publication(session, actor, given, await file.read(), file.filename or "file.txt")


@router.get("/{slug}", **guarded_by(PUBLIC))
async def read_publication(
    slug: str, response: Response, actor: Actor = CurrentActor, session: AsyncSession = Session
) -> PublicationOut | UnpublishedOut:
    """One publication, without its paragraphs; whoever may import sees one that only waits, too."""
    found, meeting_title = await _shown(session, actor, slug)
    response.headers["ETag"] = entity_tag(found.revision)
    if isinstance(found, WaitingText):
        return service.shown_waiting(found, meeting_title)
    return service.shown_publication(found, meeting_title)


@router.get(
    "/{slug}/paragraphs",
    response_model=lists.listed(ParagraphOut, others=(RemovedParagraph, PassageOut)),
    **guarded_by(PUBLIC),
)
async def list_paragraphs(
    slug: str,
    request: Request,
    response: Response,
    query: Annotated[ParagraphQuery, Query()],
    actor: Actor = CurrentActor,
    session: AsyncSession = Session,
) -> Any:
    """The paragraphs of a publication in reading order."""
    owner, _ = await _shown(session, actor, slug, whole=True)
    if isinstance(owner, WaitingText):
        return lists.answer(request, response, service.waiting_passages(owner), query, None)
    rows, cursor = await lists.page(request, session, repository.paragraphs_in(owner.id), query, PARAGRAPH_GRAMMAR)
    return lists.answer(request, response, [service.listed_paragraph(row[0], slug) for row in rows], query, cursor)


@router.get("/{slug}/paragraphs/{ref}", **guarded_by(PUBLIC))
async def read_paragraph(slug: str, ref: str, session: AsyncSession = Session) -> ParagraphInPlace:
    """One paragraph, between its neighbours."""
    return await service.paragraph(session, slug, ref)


@router.post("/{slug}/publish", **guarded_by(policies.publish_publication))
async def publish_publication(
    slug: str, revision: int | None = Revision, actor: Actor = CurrentActor, session: AsyncSession = Session
) -> PublicationOut:
    """Publishes the text that waits; somebody other than who imported it does."""
    await publishing.publish(session, actor, slug, revision)
    return service.shown_publication(*await service.publication(session, slug))


@router.post("/{slug}/withdraw", status_code=204, **guarded_by(policies.publish_publication))
async def withdraw_publication(
    slug: str,
    given: Withdrawal,
    revision: int | None = Revision,
    actor: Actor = CurrentActor,
    session: AsyncSession = Session,
) -> None:
    """Takes a publication back; its address answers 410 with the reason."""
    await publishing.withdraw(session, actor, slug, given.reason, revision)


waiting = APIRouter(route_class=EdgeRoute, tags=["publications"], prefix="/unpublished")


@waiting.get("", **guarded_by(policies.import_publication))
async def list_unpublished(actor: Actor = CurrentActor, session: AsyncSession = Session) -> UnpublishedList:
    """The texts that wait to be published, the longest waiting first."""
    actor.must(policies.import_publication)
    found = await repository.all_waiting(session)
    return UnpublishedList(items=[service.shown_waiting(*text) for text in found])


@waiting.get("/{slug}", **guarded_by(policies.import_publication))
async def read_unpublished(
    slug: str, response: Response, actor: Actor = CurrentActor, session: AsyncSession = Session
) -> UnpublishedText:
    """A text that waits, with its paragraphs, also where another is published with the same slug."""
    text, meeting_title = await service.waiting(session, actor, slug, whole=True)
    response.headers["ETag"] = entity_tag(text.revision)
    return UnpublishedText(**dict(service.shown_waiting(text, meeting_title)), items=service.waiting_passages(text))


@waiting.delete("/{slug}", status_code=204, **guarded_by(policies.import_publication))
async def discard_unpublished(
    slug: str, revision: int | None = Revision, actor: Actor = CurrentActor, session: AsyncSession = Session
) -> None:
    """Removes a text that waits."""
    await service.discard(session, actor, slug, revision)


async def _shown(
    session: AsyncSession, actor: Actor, slug: str, *, whole: bool = False
) -> tuple[Publication | WaitingText, Called]:
    """The published text, else the one that waits, for those who may import."""
    try:
        return await service.publication(session, slug)
    except NotFound:
        found = None
        if actor.may(policies.import_publication):
            found = await repository.waiting(session, slug, whole=whole)
        if found is None:
            raise
        return found

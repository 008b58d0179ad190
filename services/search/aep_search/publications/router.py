"""The routes of publications."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, File, Form, Request, Response, UploadFile
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from aep_search import policies
from aep_search.publications import publishing, repository, service
from aep_search.publications.repository import PARAGRAPH_GRAMMAR, PUBLICATION_GRAMMAR
from aep_search.publications.schemas import PublicationIn, Withdrawal
from aep_shared.access.actor import Actor
from aep_shared.access.limits import Limit, Rate
from aep_shared.access.policy import PUBLIC, guarded_by
from aep_shared.errors import InvalidInput, NotFound
from aep_shared.http import lists
from aep_shared.http.edge import CurrentActor, EdgeRoute, Session
from aep_shared.registers.router import entity_tag, revision_of

IMPORT = Limit("import", account=Rate(300, 600))

router = APIRouter(route_class=EdgeRoute, tags=["publications"], prefix="/publications")


@router.get("", **guarded_by(PUBLIC))
async def list_publications(request: Request, response: Response, session: AsyncSession = Session) -> dict[str, Any]:
    """Publications, the newest first."""
    wanted = lists.parse(request, PUBLICATION_GRAMMAR)
    rows, cursor = await lists.page(session, repository.PUBLISHED, wanted, PUBLICATION_GRAMMAR)
    return lists.answer(request, response, [service.shown_publication(row) for row in rows], wanted, cursor)


@router.post("", status_code=200, **guarded_by(policies.import_publication, IMPORT, alone=True))
async def import_publication(
    about: Annotated[str, Form(description="JSON object: slug, title, kind, language, date, status, replace, dry_run")],
    file: Annotated[UploadFile, File(description="UTF-8 text or Markdown")],
    actor: Actor = CurrentActor,
    session: AsyncSession = Session,
) -> dict[str, Any]:
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
) -> dict[str, Any]:
    """One publication, without its paragraphs; whoever may import sees one that only waits, too."""
    owner = await _shown(session, actor, slug)
    response.headers["ETag"] = entity_tag(owner.revision)
    return service.shown_unpublished(owner) if _waits(owner) else service.shown_publication(owner)


@router.get("/{slug}/paragraphs", **guarded_by(PUBLIC))
async def list_paragraphs(
    slug: str, request: Request, response: Response, actor: Actor = CurrentActor, session: AsyncSession = Session
) -> dict[str, Any]:
    """The paragraphs of a publication in reading order."""
    owner = await _shown(session, actor, slug)
    wanted = lists.parse(request, PARAGRAPH_GRAMMAR)
    if _waits(owner):
        return lists.answer(request, response, service.unpublished_paragraphs(owner), wanted, None)
    rows, cursor = await lists.page(session, repository.paragraphs_in(owner.id), wanted, PARAGRAPH_GRAMMAR)
    return lists.answer(request, response, [service.shown_paragraph(row, slug) for row in rows], wanted, cursor)


@router.get("/{slug}/paragraphs/{ref}", **guarded_by(PUBLIC))
async def read_paragraph(slug: str, ref: str, session: AsyncSession = Session) -> dict[str, Any]:
    """One paragraph."""
    row, _owner = await service.paragraph(session, slug, ref)
    return dict(service.shown_paragraph(row, slug))


@router.post("/{slug}/publish", **guarded_by(policies.publish_publication))
async def publish_publication(
    slug: str, request: Request, actor: Actor = CurrentActor, session: AsyncSession = Session
) -> dict[str, Any]:
    """Publishes the text that waits; somebody other than who imported it does."""
    await publishing.publish(session, actor, slug, revision_of(request))
    return service.shown_publication(await service.publication(session, slug))


@router.post("/{slug}/withdraw", status_code=204, **guarded_by(policies.publish_publication))
async def withdraw_publication(
    slug: str, given: Withdrawal, request: Request, actor: Actor = CurrentActor, session: AsyncSession = Session
) -> None:
    """Takes a publication back; its address answers 410 with the reason."""
    await publishing.withdraw(session, actor, slug, given.reason, revision_of(request))


waiting = APIRouter(route_class=EdgeRoute, tags=["publications"], prefix="/unpublished")


@waiting.get("", **guarded_by(policies.import_publication))
async def list_unpublished(actor: Actor = CurrentActor, session: AsyncSession = Session) -> dict[str, Any]:
    """The texts that wait to be published, the longest waiting first."""
    actor.must(policies.import_publication)
    rows = await repository.all_unpublished(session)
    return {"items": [service.shown_unpublished(row) for row in rows], "next": None}


@waiting.get("/{slug}", **guarded_by(policies.import_publication))
async def read_unpublished(
    slug: str, response: Response, actor: Actor = CurrentActor, session: AsyncSession = Session
) -> dict[str, Any]:
    """A text that waits, with its paragraphs, also where another is published with the same slug."""
    row = await service.unpublished(session, actor, slug)
    response.headers["ETag"] = entity_tag(row.revision)
    return {**service.shown_unpublished(row), "items": service.unpublished_paragraphs(row)}


@waiting.delete("/{slug}", status_code=204, **guarded_by(policies.import_publication))
async def discard_unpublished(
    slug: str, request: Request, actor: Actor = CurrentActor, session: AsyncSession = Session
) -> None:
    """Removes a text that waits."""
    await service.discard(session, actor, slug, revision_of(request))


async def _shown(session: AsyncSession, actor: Actor, slug: str) -> Row[Any]:
    """The published text, else the one that waits, for those who may import."""
    try:
        return await service.publication(session, slug)
    except NotFound:
        row = await repository.unpublished(session, slug) if actor.may(policies.import_publication) else None
        if row is None:
            raise
        return row


def _waits(row: Row[Any]) -> bool:
    return "imported_by" in row._fields

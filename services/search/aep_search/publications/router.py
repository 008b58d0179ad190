"""The routes of publications."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, File, Form, Request, Response, UploadFile
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from aep_search import policies
from aep_search.publications import repository, service
from aep_search.publications.repository import PARAGRAPH_GRAMMAR, PARAGRAPHS, PUBLICATION_GRAMMAR
from aep_search.publications.schemas import PublicationIn
from aep_shared.auth.actor import Actor
from aep_shared.auth.policy import PUBLIC, guarded_by
from aep_shared.errors import InvalidInput
from aep_shared.http import lists
from aep_shared.http.edge import CurrentActor, EdgeRoute, Session
from aep_shared.http.record_routes import entity_tag

router = APIRouter(route_class=EdgeRoute, tags=["publications"], prefix="/publications")


@router.get("", **guarded_by(PUBLIC))
async def list_publications(request: Request, response: Response, session: AsyncSession = Session) -> dict[str, Any]:
    """Publications, the newest first."""
    wanted = lists.parse(request, PUBLICATION_GRAMMAR)
    rows, cursor = await lists.page(session, select(*repository.PUBLICATION_COLUMNS), wanted, PUBLICATION_GRAMMAR)
    return lists.answer(request, response, [service.shown_publication(row) for row in rows], wanted, cursor)


@router.post("", status_code=200, **guarded_by(policies.import_publication))
async def import_publication(
    about: Annotated[str, Form(description="JSON object: slug, title, kind, language, date, status, replace, dry_run")],
    file: Annotated[UploadFile, File(description="UTF-8 text or Markdown")],
    actor: Actor = CurrentActor, session: AsyncSession = Session,
) -> dict[str, Any]:  # fmt: skip
    """Imports a text; each of its paragraphs gets an address."""
    try:
        fields = orjson.loads(about)
    except ValueError as problem:
        raise InvalidInput("'about' is not a JSON object") from problem
    given = PublicationIn.model_validate(fields)
    return await service.import_publication(session, actor, given, await file.read(), file.filename or "file.txt")


@router.get("/{slug}", **guarded_by(PUBLIC))
async def read_publication(slug: str, response: Response, session: AsyncSession = Session) -> dict[str, Any]:
    """One publication, without its paragraphs."""
    row = await service.publication(session, slug)
    response.headers["ETag"] = entity_tag(row.revision)
    return service.shown_publication(row)


@router.get("/{slug}/paragraphs", **guarded_by(PUBLIC))
async def list_paragraphs(
    slug: str, request: Request, response: Response, session: AsyncSession = Session
) -> dict[str, Any]:
    """The paragraphs of a publication in reading order."""
    owner = await service.publication(session, slug)
    wanted = lists.parse(request, PARAGRAPH_GRAMMAR)
    statement = select(PARAGRAPHS).where(PARAGRAPHS.c.publication == owner.id)
    rows, cursor = await lists.page(session, statement, wanted, PARAGRAPH_GRAMMAR)
    return lists.answer(request, response, [service.shown_paragraph(row, slug) for row in rows], wanted, cursor)


@router.get("/{slug}/paragraphs/{ref}", **guarded_by(PUBLIC))
async def read_paragraph(slug: str, ref: str, session: AsyncSession = Session) -> dict[str, Any]:
    """One paragraph."""
    row, _owner = await service.paragraph(session, slug, ref)
    return dict(service.shown_paragraph(row, slug))

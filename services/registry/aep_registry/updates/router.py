"""The routes of updates."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from aep_registry import policies
from aep_registry.updates import repository, service
from aep_registry.updates.models import Update
from aep_registry.updates.schemas import OwnUpdateOut, ReturnNote, UpdateChange, UpdateIn, UpdateOut, UpdateQuery
from aep_shared.access.actor import Actor
from aep_shared.access.policy import PUBLIC, guarded_by
from aep_shared.errors import NotFound
from aep_shared.http import lists
from aep_shared.http.edge import CurrentActor, EdgeRoute, Session
from aep_shared.http.lists import Removed
from aep_shared.http.revisions import Revision, entity_tag

Shown = OwnUpdateOut | UpdateOut

router = APIRouter(route_class=EdgeRoute, tags=["updates"], prefix="/updates")


def _answer(row: Update, actor: Actor, response: Response) -> UpdateOut:
    response.headers["ETag"] = entity_tag(row.revision)
    return service.shown(row, actor)


@router.get("", response_model=lists.listed(OwnUpdateOut, others=(UpdateOut, Removed)), **guarded_by(PUBLIC))
async def list_updates(
    request: Request,
    response: Response,
    query: Annotated[UpdateQuery, Query()],
    actor: Actor = CurrentActor,
    session: AsyncSession = Session,
) -> Any:
    """Approved updates; whoever is signed in also sees her or his own, the office sees all.

    With `author=me` the list holds only those that the signed-in person wrote.
    """
    query = await service.following(session, query)
    if query.author is not None:
        query = service.of_oneself(query, actor)
    statement, query = repository.listed(query, actor, all_of_them=actor.may(policies.review_update))
    rows, cursor = await lists.page(request, session, statement, query, repository.GRAMMAR)
    return lists.answer(request, response, [_listed(row[0], actor) for row in rows], query, cursor)


def _listed(row: Update, actor: Actor) -> UpdateOut | Removed:
    if not service.visible(row, actor):
        return Removed(id=row.id, deleted_at=row.stored_at)
    return service.shown(row, actor)


@router.get("/{update_id}", response_model=Shown, **guarded_by(PUBLIC))
async def read_update(
    update_id: UUID, response: Response, actor: Actor = CurrentActor, session: AsyncSession = Session
) -> UpdateOut:
    """One update."""
    row = await repository.find(session, update_id)
    if row is None or not service.visible(row, actor):
        raise NotFound("there is no such update")
    return _answer(row, actor, response)


@router.post("", status_code=201, response_model=Shown, **guarded_by(policies.write_update))
async def create_update(
    given: UpdateIn, response: Response, actor: Actor = CurrentActor, session: AsyncSession = Session
) -> UpdateOut:
    """A new draft."""
    return _answer(await service.create(session, actor, given), actor, response)


@router.patch("/{update_id}", response_model=Shown, **guarded_by(policies.change_update))
async def change_update(
    update_id: UUID,
    given: UpdateChange,
    response: Response,
    revision: int | None = Revision,
    actor: Actor = CurrentActor,
    session: AsyncSession = Session,
) -> UpdateOut:
    """Changes a draft or a returned update."""
    return _answer(await service.change(session, actor, update_id, given, revision), actor, response)


@router.post("/{update_id}/return", response_model=Shown, **guarded_by(policies.review_update))
async def return_update(
    update_id: UUID,
    given: ReturnNote,
    response: Response,
    revision: int | None = Revision,
    actor: Actor = CurrentActor,
    session: AsyncSession = Session,
) -> UpdateOut:
    """Returns a submitted update to its author with a note."""
    row = await service.send_back(session, actor, update_id, given.note, revision)
    return _answer(row, actor, response)


def _transition(name: str, use_case: Callable[..., Awaitable[Update]], policy: Any) -> None:
    @router.post(
        f"/{{update_id}}/{name}",
        name=f"{name.replace('-', '_')}_update",
        description=use_case.__doc__ or "",
        response_model=Shown,
        **guarded_by(policy),
    )
    async def transition(
        update_id: UUID,
        response: Response,
        revision: int | None = Revision,
        actor: Actor = CurrentActor,
        session: AsyncSession = Session,
    ) -> UpdateOut:
        return _answer(await use_case(session, actor, update_id, revision), actor, response)


_transition("submit", service.submit, policies.change_update)
_transition("take-back", service.take_back, policies.own_update)
_transition("approve", service.approve, policies.review_update)
_transition("withdraw", service.withdraw, policies.change_update)
_transition("restore", service.restore, policies.change_update)

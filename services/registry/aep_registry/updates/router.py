"""The routes of updates."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from aep_registry import policies
from aep_registry.updates import repository, service
from aep_registry.updates.repository import GRAMMAR
from aep_registry.updates.schemas import ReturnNote, UpdateChange, UpdateIn
from aep_shared.access.actor import Actor
from aep_shared.access.policy import PUBLIC, guarded_by
from aep_shared.errors import NotFound
from aep_shared.http import lists
from aep_shared.http.edge import CurrentActor, EdgeRoute, Session
from aep_shared.registers.router import entity_tag, revision_of

router = APIRouter(route_class=EdgeRoute, tags=["updates"], prefix="/updates")


def _answer(row: Row[Any], actor: Actor, response: Response) -> dict[str, Any]:
    response.headers["ETag"] = entity_tag(row.revision)
    return service.shown(row, actor)


@router.get("", **guarded_by(PUBLIC))
async def list_updates(
    request: Request, response: Response, actor: Actor = CurrentActor, session: AsyncSession = Session
) -> dict[str, Any]:
    """Approved updates; whoever is signed in also sees her or his own, the office sees all.

    With `author=me` the list holds only those that the signed-in person wrote.
    """
    wanted = await service.following(session, lists.parse(request, GRAMMAR))
    if "author" in wanted.filters:
        wanted = service.of_oneself(wanted, actor)
    statement, wanted = repository.listed(wanted, actor, all_of_them=actor.may(policies.review_update))
    rows, cursor = await lists.page(session, statement, wanted, GRAMMAR)
    items = [_listed(row, actor) for row in rows]
    return lists.answer(request, response, items, wanted, cursor)


def _listed(row: Row[Any], actor: Actor) -> dict[str, Any]:
    if not service.visible(row, actor):
        return {"id": str(row.id), "deleted_at": row.stored_at.isoformat()}
    return service.shown(row, actor)


@router.get("/{update_id}", **guarded_by(PUBLIC))
async def read_update(
    update_id: UUID, response: Response, actor: Actor = CurrentActor, session: AsyncSession = Session
) -> dict[str, Any]:
    """One update."""
    row = await repository.find(session, update_id)
    if row is None or not service.visible(row, actor):
        raise NotFound("there is no such update")
    return _answer(row, actor, response)


@router.post("", status_code=201, **guarded_by(policies.write_update))
async def create_update(
    given: UpdateIn, response: Response, actor: Actor = CurrentActor, session: AsyncSession = Session
) -> dict[str, Any]:
    """A new draft."""
    return _answer(await service.create(session, actor, given), actor, response)


@router.patch("/{update_id}", **guarded_by(policies.change_update))
async def change_update(
    update_id: UUID,
    given: UpdateChange,
    request: Request,
    response: Response,
    actor: Actor = CurrentActor,
    session: AsyncSession = Session,
) -> dict[str, Any]:
    """Changes a draft or a returned update."""
    return _answer(await service.change(session, actor, update_id, given, revision_of(request)), actor, response)


@router.post("/{update_id}/return", **guarded_by(policies.review_update))
async def return_update(
    update_id: UUID,
    given: ReturnNote,
    request: Request,
    response: Response,
    actor: Actor = CurrentActor,
    session: AsyncSession = Session,
) -> dict[str, Any]:
    """Returns a submitted update to its author with a note."""
    row = await service.send_back(session, actor, update_id, given.note, revision_of(request))
    return _answer(row, actor, response)


def _transition(name: str, use_case: Callable[..., Awaitable[Row[Any]]], policy: Any) -> None:
    @router.post(f"/{{update_id}}/{name}", name=name, **guarded_by(policy))
    async def transition(
        update_id: UUID,
        request: Request,
        response: Response,
        actor: Actor = CurrentActor,
        session: AsyncSession = Session,
    ) -> dict[str, Any]:
        return _answer(await use_case(session, actor, update_id, revision_of(request)), actor, response)

    transition.__doc__ = use_case.__doc__


_transition("submit", service.submit, policies.change_update)
_transition("take-back", service.take_back, policies.own_update)
_transition("approve", service.approve, policies.review_update)
_transition("withdraw", service.withdraw, policies.change_update)
_transition("restore", service.restore, policies.change_update)

"""The routes of a register, the same for all: list, read, add, change, import, remove, restore."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Body, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ValidationError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from aep_shared.access.actor import Actor
from aep_shared.access.policy import PUBLIC, guarded_by
from aep_shared.contracts.base import RegisterRecord, State
from aep_shared.errors import InvalidInput
from aep_shared.http import lists
from aep_shared.http.described import taking_lines
from aep_shared.http.edge import CurrentActor, EdgeRoute, Session
from aep_shared.http.revisions import Revision, entity_tag
from aep_shared.registers import service
from aep_shared.registers.register import Register
from aep_shared.registers.schemas import Imported, Removal, RemovedRecord, changes_to
from aep_shared.registers.tables import Registered
from aep_shared.web.problems import MOST_LISTED, invalid

AnyRegister = Register[Any, Any]


def register_routes(register: AnyRegister) -> APIRouter:
    """The router of one register, to be mounted below the service's root."""
    router = APIRouter(route_class=EdgeRoute, tags=[register.plural], prefix=f"/{register.plural}")
    _add_reading(router, register)
    _add_writing(router, register)
    _add_removing(router, register)
    return router


def _add_reading(router: APIRouter, register: AnyRegister) -> None:
    async def list_records(request: Request, response: Response, query: Any, session: AsyncSession = Session) -> Any:
        rows, cursor = await lists.page(request, session, select(register.table), query, register.grammar)
        return lists.answer(request, response, [_listed(register, row[0]) for row in rows], query, cursor)

    list_records.__annotations__["query"] = Annotated[register.query, Query()]
    router.get(
        "",
        summary=f"List {register.plural}",
        name="list",
        response_model=lists.listed(register.out, others=(RemovedRecord,)),
        **guarded_by(PUBLIC),
    )(list_records)

    @router.get(
        "/{name}",
        summary=f"Read one: {register.noun}",
        name="read",
        response_model=register.out,
        responses={304: {"description": "It is as it was read"}, 308: {"description": "It has another slug now"}},
        **guarded_by(PUBLIC),
    )
    async def read_record(name: str, request: Request, response: Response, session: AsyncSession = Session) -> Any:
        row = await service.find(session, register, name)
        if name not in (row.slug, str(row.id)):
            # A record may get an earlier slug back, and whoever kept both redirects would go round in circles.
            address = str(request.url.path).rpartition("/")[0] + f"/{row.slug}"
            return RedirectResponse(address, 308, {"Cache-Control": "no-cache"})
        tag = entity_tag(row.revision)
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers={"ETag": tag})
        return _answer(register, row, response)


def _add_writing(router: APIRouter, register: AnyRegister) -> None:
    guarded = guarded_by(register.change)

    async def create_record(
        given: Any, response: Response, actor: Actor = CurrentActor, session: AsyncSession = Session
    ) -> Any:
        return _answer(register, await service.create(session, actor, register, given), response)

    create_record.__annotations__["given"] = register.record
    router.post(
        "",
        status_code=201,
        summary=f"Create: {register.noun}",
        name="create",
        response_model=register.out,
        **guarded,
    )(create_record)

    @router.post(
        "/import",
        summary=f"Import {register.plural} as JSON Lines",
        name="import",
        **taking_lines(guarded_by(register.change), f"JSON Lines: each line is a {register.record.__name__}"),
    )
    async def import_records(
        request: Request, dry_run: bool = False, actor: Actor = CurrentActor, session: AsyncSession = Session
    ) -> Imported:
        actor.must(register.change, None)
        outcomes = await _import(session, actor, register, await request.body())
        if dry_run:
            await session.rollback()
            session.info.clear()
        return outcomes

    async def change_record(
        name: str,
        fields: BaseModel,
        response: Response,
        revision: int | None = Revision,
        actor: Actor = CurrentActor,
        session: AsyncSession = Session,
    ) -> Any:
        row = await service.change(session, actor, register, name, fields, revision)
        return _answer(register, row, response)

    record: type[RegisterRecord] = register.record
    changes: Any = changes_to(record)
    change_record.__annotations__["fields"] = Annotated[changes, Body(examples=[dict(register.example)])]
    router.patch(
        "/{name}",
        summary=f"Change: {register.noun}",
        name="change",
        response_model=register.out,
        **guarded,
    )(change_record)


def _add_removing(router: APIRouter, register: AnyRegister) -> None:
    guarded = guarded_by(register.remove)

    @router.post("/{name}/remove", status_code=204, summary=f"Remove: {register.noun}", name="remove", **guarded)
    async def remove_record(
        name: str,
        given: Removal,
        revision: int | None = Revision,
        actor: Actor = CurrentActor,
        session: AsyncSession = Session,
    ) -> None:
        await service.remove(session, actor, register, name, given.reason, revision)

    @router.post(
        "/{name}/restore",
        summary=f"Bring back what was removed within 30 days: {register.noun}",
        name="restore",
        response_model=register.out,
        **guarded,
    )
    async def restore_record(
        name: str, response: Response, actor: Actor = CurrentActor, session: AsyncSession = Session
    ) -> Any:
        return _answer(register, await service.restore(session, actor, register, name), response)


def _answer(register: AnyRegister, row: Registered, response: Response) -> State:
    response.headers["ETag"] = entity_tag(row.revision)
    return register.shown(row)


def _listed(register: AnyRegister, row: Registered) -> BaseModel:
    if row.deleted_at is not None:
        return RemovedRecord(id=row.id, slug=row.slug, deleted_at=row.deleted_at)
    return register.shown(row)


async def _import(session: AsyncSession, actor: Actor, register: AnyRegister, body: bytes) -> Imported:
    """Imports all lines or none; a report names each line that is wrong."""
    outcomes = dict.fromkeys(Imported.model_fields, 0)
    wrong: list[dict[str, object]] = []
    for number, line in enumerate(body.splitlines(), 1):
        if not line.strip():
            continue
        try:
            given: RegisterRecord = register.record.model_validate(orjson.loads(line))
        except ValidationError as problem:
            wrong.append({"line": number, "detail": invalid(problem.errors()).detail})
            continue
        except ValueError:
            wrong.append({"line": number, "detail": "not a JSON object"})
            continue
        outcomes[await service.upsert(session, actor, register, given)] += 1
    if wrong:
        raise InvalidInput(f"{len(wrong)} lines are wrong; nothing was imported", lines=wrong[:MOST_LISTED])
    return Imported(**outcomes)

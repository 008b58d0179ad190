"""The routes of a register, the same for every kind of record: list, read, create, change, import."""

from __future__ import annotations

from typing import Any

import orjson
from fastapi import APIRouter, Body, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from aep_shared.access.actor import Actor
from aep_shared.access.policy import PUBLIC, guarded_by
from aep_shared.contracts.base import RegisterRecord
from aep_shared.errors import InvalidInput
from aep_shared.http import lists
from aep_shared.http.edge import CurrentActor, EdgeRoute, Session
from aep_shared.registers import service as records
from aep_shared.registers.service import RECORDS, RecordKind
from aep_shared.web.problems import MOST_LISTED, invalid


def revision_of(request: Request) -> int | None:
    """The revision in `If-Match`, or `None`.

    Raises `InvalidInput` for anything but one of our own entity tags.
    """
    tag = request.headers.get("if-match")
    if tag is None or tag == "*":
        return None
    number = tag.strip().removeprefix('"').removesuffix('"')
    if len(number) > 10 or not (number.isascii() and number.isdecimal()):
        raise InvalidInput('If-Match is the ETag that was read, such as "3"')
    return int(number)


def entity_tag(revision: int) -> str:
    return f'"{revision}"'


def register_routes(kind: RecordKind, example: dict[str, Any]) -> APIRouter:
    """The router of one kind of record, to be mounted below the service's root."""
    router = APIRouter(route_class=EdgeRoute, tags=[kind.plural])
    path, model = f"/{kind.plural}", kind.model

    @router.get(path, summary=f"List {kind.plural}", **guarded_by(PUBLIC))
    async def list_records(request: Request, response: Response, session: AsyncSession = Session) -> dict[str, Any]:
        wanted = lists.parse(request, kind.grammar)
        statement = select(*records.columns()).where(RECORDS.c.type == kind.type)
        rows, cursor = await lists.page(session, statement, wanted, kind.grammar)
        return lists.answer(request, response, [records.shown(row) for row in rows], wanted, cursor)

    @router.get(path + "/{name}", summary=f"Read one: {kind.type}", **guarded_by(PUBLIC))
    async def read_record(name: str, request: Request, response: Response, session: AsyncSession = Session) -> Any:
        row = await records.find(session, kind, name)
        if name not in (row.slug, str(row.id)):
            # A record may get an earlier slug back, and whoever kept both redirects would go round in circles.
            address = str(request.url.path).rpartition("/")[0] + f"/{row.slug}"
            return RedirectResponse(address, 308, {"Cache-Control": "no-cache"})
        tag = entity_tag(row.revision)
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers={"ETag": tag})
        response.headers["ETag"] = tag
        return records.shown(row)

    async def create_record(
        given: Any, response: Response, actor: Actor = CurrentActor, session: AsyncSession = Session
    ) -> dict[str, Any]:
        row = await records.create(session, actor, kind, given)
        response.headers["ETag"] = entity_tag(row.revision)
        return records.shown(row)

    create_record.__annotations__["given"] = model
    router.post(path, status_code=201, summary=f"Create: {kind.type}", **guarded_by(kind.change))(create_record)

    @router.post(path + "/import", summary=f"Import {kind.plural} as JSON Lines", **guarded_by(kind.change))
    async def import_records(
        request: Request, dry_run: bool = False, actor: Actor = CurrentActor, session: AsyncSession = Session
    ) -> dict[str, Any]:
        actor.must(kind.change, None, None)
        outcomes = await _import(session, actor, kind, await request.body())
        if dry_run:
            await session.rollback()
            session.info.clear()
        return outcomes

    @router.patch(path + "/{name}", summary=f"Change: {kind.type}", **guarded_by(kind.change))
    async def change_record(
        name: str,
        request: Request,
        response: Response,
        fields: dict[str, Any] = Body(examples=[example]),  # noqa: FAST002 - a local name no annotation can see
        actor: Actor = CurrentActor,
        session: AsyncSession = Session,
    ) -> dict[str, Any]:
        row = await records.change(session, actor, kind, name, fields, revision_of(request))
        response.headers["ETag"] = entity_tag(row.revision)
        return records.shown(row)

    return router


async def _import(session: AsyncSession, actor: Actor, kind: RecordKind, body: bytes) -> dict[str, Any]:
    """Imports all lines or none; a report names each line that is wrong."""
    outcomes = {"created": 0, "changed": 0, "unchanged": 0}
    wrong: list[dict[str, Any]] = []
    for number, line in enumerate(body.splitlines(), 1):
        if not line.strip():
            continue
        try:
            given: RegisterRecord = kind.model.model_validate(orjson.loads(line))
        except ValidationError as problem:
            wrong.append({"line": number, "detail": invalid(problem.errors()).detail})
            continue
        except ValueError:
            wrong.append({"line": number, "detail": "not a JSON object"})
            continue
        outcomes[await records.upsert(session, actor, kind, given)] += 1
    if wrong:
        raise InvalidInput(f"{len(wrong)} lines are wrong; nothing was imported", lines=wrong[:MOST_LISTED])
    return outcomes

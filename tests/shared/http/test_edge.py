"""The edge: refused before it is read, read before anything is held, and whole in every attempt."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from fastapi import UploadFile
from sqlalchemy import exc

from aep_shared.access.actor import Actor
from aep_shared.access.policy import PUBLIC, guarded_by
from aep_shared.http.edge import CurrentActor
from tests.shared.http.conftest import Small, as_


def office(actor: Actor) -> bool:
    return actor.has("officer")


def own(actor: Actor, name: str) -> bool:
    return actor.has("officer") or actor.name == name


@pytest.fixture
def routes(small: Small) -> Small:
    @small.router.post("/office", **guarded_by(office))
    async def act(given: dict[str, Any], actor: Actor = CurrentActor) -> dict[str, Any]:
        actor.must(office)
        return given

    @small.router.post("/own", **guarded_by(own))
    async def act_on_own(given: dict[str, Any], actor: Actor = CurrentActor) -> dict[str, Any]:
        actor.must(own, "somebody")
        return given

    @small.router.post("/open", **guarded_by(PUBLIC))
    async def act_openly(given: dict[str, Any]) -> dict[str, Any]:
        return given

    return small


async def _never() -> AsyncIterator[bytes]:
    raise AssertionError("the body was read")
    yield b""


@pytest.mark.parametrize("path", ["/office", "/own"])
async def test_a_stranger_is_refused_before_the_body_is_read(routes: Small, path: str) -> None:
    async with routes.client() as client:
        for content in (b"", b"{", b"x" * 1000):
            answer = await client.post(path, content=content)
            assert (answer.status_code, answer.json()["code"]) == (401, "sign-in-required")
        assert (await client.post(path, content=_never())).status_code == 401


async def test_a_route_that_works_alone_refuses_another_before_its_body_is_read(small: Small) -> None:
    begun, finish = asyncio.Event(), asyncio.Event()

    @small.router.post("/long", **guarded_by(office, alone=True))
    async def work(given: dict[str, Any], actor: Actor = CurrentActor) -> dict[str, Any]:
        actor.must(office)
        begun.set()
        await finish.wait()
        return given

    async with small.client() as client:
        first = asyncio.create_task(client.post("/long", json={}, headers=as_("alice")))
        await begun.wait()
        second = await client.post("/long", content=_never(), headers=as_("bob"))
        assert (second.status_code, second.json()["code"]) == (503, "busy-with-another")
        assert int(second.headers["retry-after"]) > 0
        # Whoever may not come at all is told so, and not to come again.
        assert (await client.post("/long", content=_never())).status_code == 401
        finish.set()
        assert (await first).status_code == 200
        assert (await client.post("/long", content=b"no json", headers=as_("bob"))).status_code == 422
        assert (await client.post("/long", json={}, headers=as_("bob"))).status_code == 200


async def test_whoever_lacks_the_role_is_refused_before_the_body_is_read(routes: Small) -> None:
    async with routes.client() as client:
        assert (await client.post("/office", content=_never(), headers=as_("alice", "reader"))).status_code == 403
        assert (await client.post("/office", content=b"", headers=as_("alice"))).status_code == 422


async def test_nothing_is_held_while_a_body_is_on_its_way(routes: Small) -> None:
    app, held = routes.app(), []

    async def unfinished() -> AsyncIterator[bytes]:
        yield b'{"a": '
        held.append(routes.database.engine.pool.checkedout())  # type: ignore[attr-defined]
        yield b"1}"

    async with routes.client(app) as client:
        for _ in range(20):
            headers = JSON | as_("alice") | {"Idempotency-Key": str(len(held))}
            assert (await client.post("/office", content=unfinished(), headers=headers)).json() == {"a": 1}
    assert held == [0] * 20


@pytest.mark.parametrize(
    "body", [b'{"a": "\\ud800"}', b'{"\\udfff": 1}', b'{"a": NaN}', b'{"a": ' + b"[" * 5000 + b"]" * 5000 + b"}", b"{"]
)
async def test_json_of_the_lax_kind_is_refused(routes: Small, body: bytes) -> None:
    async with routes.client() as client:
        answer = await client.post("/open", content=body, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (400, "not-json")


async def test_a_request_that_is_tried_again_has_its_whole_upload(small: Small) -> None:
    seen: list[int] = []

    @small.router.post("/upload", **guarded_by(PUBLIC))
    async def upload(file: UploadFile) -> None:
        seen.append(len(await file.read()))
        if len(seen) == 1:
            raise exc.DBAPIError("", {}, asyncpg.DeadlockDetectedError("deadlock detected"))

    async with small.client() as client:
        answer = await client.post("/upload", files={"file": ("text.txt", b"x" * 5000)})
    assert answer.status_code == 200
    assert seen == [5000, 5000]


JSON = {"Content-Type": "application/json"}

"""The edge of a request: one transaction, retried as a whole, committed before the answer is sent.

A default FastAPI dependency would commit after the response has been sent; this route class commits between building
the response and sending it. It also refuses to commit unless the policy that the route declares was checked.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

import orjson
from fastapi import Depends, Request
from fastapi.routing import APIRoute
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from aep_shared import outbox
from aep_shared.auth.actor import Actor
from aep_shared.auth.policy import PUBLIC, PolicyNotChecked, declared_policy
from aep_shared.db import Database, is_retryable
from aep_shared.errors import IdempotencyKeyInUse, IdempotencyKeyReused, InvalidInput, Problem
from aep_shared.http import after
from aep_shared.outbox import Published

if TYPE_CHECKING:
    from aep_shared.service import Platform

_ATTEMPTS = 3
_READS = frozenset({"GET", "HEAD"})
_KEPT_HEADERS = ("content-type", "location", "etag", "aep-event")

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class EdgeRoute(APIRoute):
    """A route whose handler finds its session and actor on the request (see `Session` and `CurrentActor`)."""

    def get_route_handler(self) -> Handler:
        handler = super().get_route_handler()
        policy = declared_policy(self)

        async def at_edge(request: Request) -> Response:
            platform = request.app.state.platform
            request.state.actor = await platform.authenticator.actor(request.headers.get("authorization"))
            if policy == PUBLIC:
                request.state.actor.checked.add(PUBLIC)
            if request.method in _READS:
                return await _read(platform, handler, request, policy)
            return await _write(platform.database, handler, request, policy)

        return at_edge


async def _session(request: Request) -> AsyncSession:
    session: AsyncSession = request.state.session
    return session


async def _actor(request: Request) -> Actor:
    actor: Actor = request.state.actor
    return actor


Session = Depends(_session)
CurrentActor = Depends(_actor)


async def _read(platform: Platform, handler: Handler, request: Request, policy: str) -> Response:
    named = after.parse(request.headers.get("aep-after", ""), platform.public_events)
    late = ", ".join(map(str, await after.wait(platform, named)))
    try:
        async with platform.database.reading() as session:
            response = await _checked(handler, request, session, policy)
    except Problem as problem:
        # What is not there yet is often simply not found.
        if late:
            problem.headers["AEP-Awaited"] = late
        raise
    if late:
        response.headers["AEP-Awaited"] = late
    return response


async def _checked(handler: Handler, request: Request, session: AsyncSession, policy: str) -> Response:
    request.state.session = session
    response = await handler(request)
    if policy not in request.state.actor.checked:
        raise PolicyNotChecked(f"{request.method} {request.url.path} did not check {policy}")
    return response


async def _write(database: Database, handler: Handler, request: Request, policy: str) -> Response:
    for attempt in range(_ATTEMPTS):
        try:
            async with database.transaction() as session:
                repeated = await _repeated(session, request)
                if repeated is not None:
                    return repeated
                response = await _checked(handler, request, session, policy)
                _announce(response, await outbox.publish(session))
                await _remember(session, request, response)
            return response
        except Exception as problem:
            if attempt + 1 == _ATTEMPTS or not is_retryable(problem):
                raise
    raise AssertionError("unreachable")


def _announce(response: Response, published: list[Published]) -> None:
    """Tells the client which events its write published, so that it can wait for them (`AEP-After`)."""
    if published:
        response.headers["AEP-Event"] = ", ".join(f"{p.type}/{p.id}/{p.version}" for p in published[:20])


async def _fingerprint(request: Request) -> bytes:
    digest = hashlib.sha256(f"{request.method} {request.url.path}?{request.url.query}\n".encode())
    digest.update(await request.body())
    return digest.digest()


def _key(request: Request) -> tuple[str, str] | None:
    key = request.headers.get("idempotency-key")
    if key is None or request.method != "POST":
        return None
    if not 1 <= len(key) <= 200:
        raise InvalidInput("an Idempotency-Key has 1 to 200 characters")
    return request.state.actor.name, key


async def _repeated(session: AsyncSession, request: Request) -> Response | None:
    """The stored answer where this Idempotency-Key was used before with the same request."""
    named = _key(request)
    if named is None:
        return None
    actor, key = named
    if not await session.scalar(_LOCK_KEY, {"name": f"{actor}:{key}"}):
        raise IdempotencyKeyInUse()
    row = (await session.execute(_FIND_KEY, {"actor": actor, "key": key})).one_or_none()
    if row is None:
        return None
    if row.fingerprint != await _fingerprint(request):
        raise IdempotencyKeyReused()
    return Response(row.body, row.status, {**row.headers, "Idempotency-Replayed": "true"})


async def _remember(session: AsyncSession, request: Request, response: Response) -> None:
    named = _key(request)
    if named is None or response.status_code >= 400:
        return
    actor, key = named
    headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    await session.execute(
        _STORE_KEY,
        {
            "actor": actor,
            "key": key,
            "fingerprint": await _fingerprint(request),
            "status": response.status_code,
            "headers": orjson.dumps(headers).decode(),
            "body": bytes(response.body),
        },
    )


_LOCK_KEY = text("SELECT pg_try_advisory_xact_lock(hashtextextended('idempotency:' || :name, 0))")
_FIND_KEY = text("SELECT fingerprint, status, headers, body FROM idempotency_keys WHERE actor = :actor AND key = :key")
_STORE_KEY = text(
    "INSERT INTO idempotency_keys (actor, key, fingerprint, status, headers, body)"
    " VALUES (:actor, :key, :fingerprint, :status, CAST(:headers AS jsonb), :body)"
)

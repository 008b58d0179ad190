"""The edge of a request: one transaction, retried as a whole, committed before the answer is sent.

A default FastAPI dependency would commit after the response has been sent; this route class commits between building
the response and sending it. It also refuses to commit unless the policy that the route declares was checked. Nothing is
held for a request before it is complete: what can be refused is refused first, then the body is read, and only then the
transaction opens.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

from fastapi import Depends, Request
from fastapi.routing import APIRoute
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from aep_shared.access.actor import Actor
from aep_shared.access.policy import PUBLIC, Declared, PolicyNotChecked, declared_policy
from aep_shared.database import Database, is_retryable
from aep_shared.errors import BusyWithAnother, Problem
from aep_shared.flow import outbox
from aep_shared.flow.outbox import Published
from aep_shared.http import after, idempotency
from aep_shared.http.body import WithBody, read_body
from aep_shared.service.platform import Platform

_ATTEMPTS = 3

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class EdgeRoute(APIRoute):
    """A route whose handler finds its session and actor on the request (see `Session` and `CurrentActor`)."""

    def get_route_handler(self) -> Handler:
        handler = super().get_route_handler()
        declared = declared_policy(self)

        async def at_edge(request: Request) -> Response:
            platform = request.app.state.platform
            actor = await platform.authenticator.actor(request.headers.get("authorization"))
            request.state.actor = actor
            if declared == PUBLIC:
                actor.checked.add(PUBLIC)
            declared.require(actor)
            with _alone(request, declared):
                taken = await request.app.state.limiter.take(request, actor, declared.limits)
                try:
                    if request.method == "GET":
                        response = await _read(platform, handler, request, declared)
                    else:
                        response = await _write(platform.database, handler, request, declared)
                except Problem as problem:
                    problem.headers |= taken
                    raise
                response.headers.update(taken)
                return response

        return at_edge


@contextlib.contextmanager
def _alone(request: Request, declared: Declared) -> Iterator[None]:
    """Lets one request at a time through to a route that works alone.

    Raises `BusyWithAnother`.
    """
    if not declared.alone:
        yield
        return
    under_way: set[str] = request.app.state.under_way
    if declared in under_way:
        raise BusyWithAnother()
    under_way.add(declared)
    try:
        yield
    finally:
        under_way.discard(declared)


async def _session(request: Request) -> AsyncSession:
    session: AsyncSession = request.state.session
    return session


async def _actor(request: Request) -> Actor:
    actor: Actor = request.state.actor
    return actor


Session = Depends(_session)
CurrentActor = Depends(_actor)


async def _read(platform: Platform, handler: Handler, request: Request, declared: Declared) -> Response:
    named = after.parse(request.headers.get("aep-after", ""), platform.public_events)
    late = ", ".join(map(str, await platform.awaiting.wait(named)))
    try:
        async with platform.database.reading() as session:
            response = await _checked(handler, request, session, declared)
    except Problem as problem:
        # What is not there yet is often simply not found.
        if late:
            problem.headers["AEP-Awaited"] = late
        raise
    if late:
        response.headers["AEP-Awaited"] = late
    return response


async def _checked(handler: Handler, request: Request, session: AsyncSession, declared: Declared) -> Response:
    request.state.session = session
    response = await handler(request)
    if declared not in request.state.actor.checked:
        raise PolicyNotChecked(f"{request.method} {request.url.path} did not check {declared}")
    return response


async def _write(database: Database, handler: Handler, request: Request, declared: Declared) -> Response:
    given = idempotency.key_of(request, request.state.actor, declared)
    body = await read_body(request)
    key = idempotency.bound(request, request.state.actor, given, body) if given else None
    for attempt in range(_ATTEMPTS):
        try:
            async with database.transaction() as session:
                repeated = await idempotency.repeated(session, key) if key else None
                if repeated is not None:
                    return repeated
                response = await _checked(handler, WithBody(request, body), session, declared)
                _announce(response, await outbox.publish(session))
                if key:
                    await idempotency.remember(session, key, response)
            return response
        except Exception as problem:
            if attempt + 1 == _ATTEMPTS or not is_retryable(problem):
                raise
    raise AssertionError("unreachable")


def _announce(response: Response, published: list[Published]) -> None:
    """Tells the client which events its write published, so that it can wait for them (`AEP-After`)."""
    if published:
        response.headers["AEP-Event"] = ", ".join(f"{p.type}/{p.id}/{p.version}" for p in published[:20])

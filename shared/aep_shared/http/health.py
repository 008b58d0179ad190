"""Health of a service: alive by progress, ready by its dependencies, figures for operators."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text

from aep_shared.access.actor import Actor
from aep_shared.service.housekeeping import figures
from aep_shared.service.jobs import Failure, last_failures
from aep_shared.service.platform import Platform

_STUCK_SECONDS = 60.0
_OUTBOX_WAITS_SECONDS = 30.0
"""Longer than a relay needs that takes over from one that hangs."""


def operate(actor: Actor) -> bool:
    """Whatever looks into or after a service: operators alone."""
    return actor.has("operator")


def health_routes(platform: Platform) -> APIRouter:
    """`/healthz`, `/readyz` and `/metrics`; a proxy in front routes none of them."""
    router = APIRouter(include_in_schema=False)

    @router.get("/healthz")
    async def healthz(response: Response) -> dict[str, object]:
        stuck = platform.worker.stuck(_STUCK_SECONDS)
        response.status_code = 503 if stuck else 200
        return {"status": "stuck" if stuck else "ok", "stuck": stuck}

    @router.get("/readyz")
    async def readyz(response: Response) -> dict[str, object]:
        checks = await readiness(platform)
        response.status_code = 200 if all(v.partition(":")[0] in ("ok", "degraded") for v in checks.values()) else 503
        return {"service": platform.service, "checks": checks}

    @router.get("/metrics")
    async def metrics(request: Request) -> Response:
        actor = await platform.authenticator.actor(request.headers.get("authorization"))
        actor.must(operate)
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router


async def readiness(platform: Platform) -> dict[str, str]:
    """Each part with 'ok', or what is wrong with it: by what was done, whichever process should do it.

    Anybody may read it, so it says what fails and since when, and nothing of what was being worked on.
    """
    checks = {"database": await _answered(partial(_database, platform))}
    for group in platform.worker.groups:
        checks[group.name] = await _answered(group.state)
    checks["relay"] = await _answered(partial(_relay, platform))
    checks |= await _jobs(platform)
    for name, check in platform.checks.items():
        checks[name] = await _answered(check)
    return checks


async def _answered(check: Callable[[], Awaitable[str]]) -> str:
    """What a check says; one that fails is an answer too."""
    try:
        return await check()
    except Exception as problem:
        return f"away: {type(problem).__name__}"


async def _database(platform: Platform) -> str:
    async with platform.database.reading() as session:
        await session.execute(text("SELECT 1"))
    return "ok"


async def _relay(platform: Platform) -> str:
    """The relay of this process says at once that it stands still; any other is known by what waits for it."""
    if platform.worker.relay.failure:
        return f"standing still: {platform.worker.relay.failure.partition(':')[0]}"
    async with platform.flow.reading() as session:
        age = (await figures(session)).outbox_age
    return "ok" if age < _OUTBOX_WAITS_SECONDS else f"standing still: an event waits since {age:.0f} s"


async def _jobs(platform: Platform) -> dict[str, str]:
    """The jobs that fail now."""
    try:
        async with platform.flow.reading() as session:
            failures = await last_failures(session)
    except Exception as problem:
        return {"jobs": f"away: {type(problem).__name__}"}
    return {f"job {last.job}": _failing(last) for last in failures if last.recovered_at is None}


def _failing(last: Failure) -> str:
    kind = last.message.partition(":")[0]
    return f"failing: {kind} at {last.failed_at:%Y-%m-%d %H:%M:%S} UTC, {last.failures} in a row"

"""Health of a service: alive by progress, ready by its dependencies, figures for operators."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text

from aep_shared.auth.actor import Actor
from aep_shared.service import Platform

_STUCK_SECONDS = 60.0


def operate(actor: Actor) -> bool:
    """Whatever looks into or after a service: operators alone."""
    return actor.has("operator")


def health_routes(platform: Platform) -> APIRouter:
    """`/healthz`, `/readyz` and `/metrics`; a proxy in front routes none of them."""
    router = APIRouter(include_in_schema=False)

    @router.get("/healthz")
    async def healthz(response: Response) -> dict[str, Any]:
        stuck = platform.stuck(_STUCK_SECONDS)
        response.status_code = 503 if stuck else 200
        return {"status": "stuck" if stuck else "ok", "stuck": stuck}

    @router.get("/readyz")
    async def readyz(response: Response) -> dict[str, Any]:
        checks = await readiness(platform)
        response.status_code = 200 if all(v in ("ok", "degraded") for v in checks.values()) else 503
        return {"service": platform.service, "checks": checks}

    @router.get("/metrics")
    async def metrics(request: Request) -> Response:
        actor = await platform.authenticator.actor(request.headers.get("authorization"))
        actor.must(operate)
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router


async def readiness(platform: Platform) -> dict[str, str]:
    """Each dependency with 'ok', or what is wrong with it."""
    checks: dict[str, str] = {}
    try:
        async with platform.database.reading() as session:
            await session.execute(text("SELECT 1"))
        checks["database"] = "ok"
        for group in platform.groups:
            checks[group.name] = "ok" if await group.caught_up() else "catching up"
    except Exception as problem:
        checks["database"] = f"away: {type(problem).__name__}"
    for name, check in platform.checks.items():
        checks[name] = await check()
    return checks

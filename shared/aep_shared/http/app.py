"""The application factory that every service uses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

from aep_shared.access.limits import Limiter
from aep_shared.access.policy import declared_policy
from aep_shared.http import problems
from aep_shared.http.dead_letter_routes import dead_letter_routes
from aep_shared.http.described import describe, operation_id
from aep_shared.http.event_routes import event_routes
from aep_shared.http.health import health_routes
from aep_shared.http.operator_routes import operator_routes
from aep_shared.service.platform import Platform
from aep_shared.web.middleware import API_HEADERS, RequestMiddleware, transport_headers
from aep_shared.web.proxies import networks

MAX_BODY_BYTES = 1024 * 1024
DEADLINE_SECONDS = 30.0


def create_api(
    platform: Platform,
    routers: Sequence[APIRouter],
    *,
    title: str,
    description: str,
    max_body_bytes: int = MAX_BODY_BYTES,
) -> FastAPI:
    """The API of a service below `/api/<service>`, problems and OpenAPI 3.1 included.

    Raises `TypeError` when a route declares no policy.
    """
    root = f"/api/{platform.service}"
    app = FastAPI(
        title=title,
        description=description,
        version="1",
        openapi_url=f"{root}/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=operation_id,
    )
    app.state.platform = platform
    trusted = networks(platform.settings.trusted_proxies)
    app.state.limiter = Limiter(platform.database, trusted, platform.settings.rate_factor)
    app.state.under_way = set()
    problems.install(app)
    for router in (
        *routers,
        event_routes(platform),
        dead_letter_routes(platform.worker.groups),
        operator_routes(platform),
    ):
        _require_policies(router)
        app.include_router(router, prefix=f"{root}/v1")
    # At the root of the service's own port, and below its path where one port serves them all.
    for prefix in ("", root):
        app.include_router(health_routes(platform), prefix=prefix)
    describe(app)
    app.add_middleware(
        RequestMiddleware,
        service=platform.service,
        max_body_bytes=max_body_bytes,
        deadline=DEADLINE_SECONDS,
        headers=API_HEADERS | transport_headers(platform.settings.site_url),
        explain=problems.as_problem,
    )
    return app


def _require_policies(router: APIRouter) -> None:
    for route in router.routes:
        if isinstance(route, APIRoute):
            declared_policy(route)


# About health, figures, and the document itself: without a policy, and not documented.
TECHNICAL = ("/healthz", "/readyz", "/metrics", "/openapi.json")


def every_route(app: FastAPI) -> Iterator[Any]:
    """Every mounted route, also those within included routers."""
    waiting = list(app.routes)
    while waiting:
        route = waiting.pop()
        included = getattr(route, "original_router", None)
        if included is None:
            yield route
        else:
            waiting += included.routes


def routes_without_policy(app: FastAPI) -> list[Any]:
    """For the test that walks every mounted route: those that neither declare a policy nor are about health."""
    routes = [route for route in every_route(app) if not str(getattr(route, "path", "")).endswith(TECHNICAL)]
    return [r for r in routes if not isinstance(r, APIRoute) or "x-policy" not in (r.openapi_extra or {})]

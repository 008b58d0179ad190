"""What is not a page: files, health, and what search engines ask for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from aep_shared.contracts.base import RegisterRecord
from aep_shared.contracts.topics import SERVICES
from aep_shared.errors import NotFound
from aep_shared.web.problems import problem_response
from aep_website.answers import events, registry, search
from aep_website.answers.base import Address, Page
from aep_website.client import ApiAway, ApiProblem, together
from aep_website.i18n import languages
from aep_website.rendering import STATIC
from aep_website.visit import Site

_PRIVATE = ("/my", "/review", "/issues", "/reports", "/mailbox", "/sign-in", "/subscriptions/")

Endpoint = Callable[[Request], Awaitable[Response]]


class _Files(StaticFiles):
    """Files whose address changes with their content."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "public, max-age=604800"
        return response


def technical_routes(site: Site) -> list[BaseRoute]:
    """Their routes."""
    return [
        Mount("/static", _Files(directory=STATIC)),
        Route("/healthz", _healthz),
        Route("/readyz", _readyz(site)),
        Route("/robots.txt", _robots(site)),
        Route("/sitemap.xml", _sitemap(site)),
    ]


async def missing_api(request: Request) -> Response:
    """No service of this name: programs get a problem document, not a page."""
    return problem_response(NotFound(), request.scope.get("aep_request_id"))


async def _healthz(_request: Request) -> Response:
    return JSONResponse({"status": "ok"})


def _readyz(site: Site) -> Endpoint:
    """Ready when every service is: a proxy in front routes none of their own checks."""

    async def state(service: str) -> str:
        address = site.settings.services.get(service, site.settings.api_url).rstrip("/")
        try:
            await site.api.fetch(f"{address}/api/{service}/readyz")
        except (ApiAway, ApiProblem):
            return "away"
        return "ok"

    async def readyz(_request: Request) -> Response:
        checks = dict(zip(SERVICES, await together(*map(state, SERVICES)), strict=True))
        ready = all(value == "ok" for value in checks.values())
        return JSONResponse({"service": "website", "checks": checks}, 200 if ready else 503)

    return readyz


def _robots(site: Site) -> Endpoint:
    async def robots(_request: Request) -> Response:
        lines = ["User-agent: *"]
        lines += [f"Disallow: /{language}{path}" for language in languages() for path in _PRIVATE]
        lines += ["", f"Sitemap: {site.settings.site_url}/sitemap.xml", ""]
        return PlainTextResponse("\n".join(lines))

    return robots


def _sitemap(site: Site) -> Endpoint:
    async def sitemap(_request: Request) -> Response:
        try:
            paths = await _public_paths(site)
        except (ApiAway, ApiProblem, ExceptionGroup):
            return PlainTextResponse("not now", 503, {"Retry-After": "5"})
        entries = "".join(
            f"<url><loc>{escape(site.settings.site_url)}/{language}{escape(quote(path))}</loc></url>\n"
            for language in languages()
            for path in paths
        )
        body = f'<?xml version="1.0" encoding="utf-8"?>\n<urlset xmlns="{_SITEMAP}">\n{entries}</urlset>\n'
        return Response(body, media_type="application/xml")

    return sitemap


_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
_LISTS: Mapping[str, Address[Page[RegisterRecord | search.Publication]]] = {
    "publications": search.PUBLICATIONS,
    "initiatives": registry.INITIATIVES,
    "meetings": events.MEETINGS,
    "partners": registry.PARTNERS,
    "organisations": registry.ORGANISATIONS,
}


async def _public_paths(site: Site) -> list[str]:
    lists = dict(zip(_LISTS, await together(*map(site.api.register, _LISTS.values())), strict=True))
    paths = ["/", *(f"/{name}" for name in _LISTS)]
    for name, records in lists.items():
        paths += [f"/{name}/{record.slug}" for record in records]
    for publication in lists["publications"]:
        paragraphs = await site.api.register(search.PARAGRAPHS.of(slug=publication.slug))
        paths += [paragraph.url for paragraph in paragraphs]
    return paths

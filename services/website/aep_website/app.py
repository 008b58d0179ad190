"""The composition root of the website: settings are read here and passed down."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Awaitable, Callable, Mapping

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route, Router
from starlette.types import ASGIApp

from aep_shared.settings import SettingsError
from aep_shared.telemetry import configure_logging
from aep_shared.web.middleware import RequestMiddleware, transport_headers
from aep_shared.web.server import server_config
from aep_website import failures, negotiation, pages
from aep_website import session as sessions
from aep_website.client import Api
from aep_website.forms import FormGuard, read_form
from aep_website.headers import HEADERS
from aep_website.i18n import SOURCE_LANGUAGE, languages
from aep_website.rendering import Renderer
from aep_website.routing import Page
from aep_website.session import Session
from aep_website.settings import WebsiteSettings, read_settings
from aep_website.technical import missing_api, technical_routes
from aep_website.visit import Site, Visit

MAX_BODY_BYTES = 256 * 1024
DEADLINE_SECONDS = 30.0

Endpoint = Callable[[Request], Awaitable[Response]]


def build(environ: Mapping[str, str]) -> tuple[Site, ASGIApp]:
    """The website with everything it consists of; close `site.api` at the end.

    Raises `SettingsError`.
    """
    settings = read_settings(environ)
    site = make_site(settings, Api(settings.api_url, settings.timeout))
    return site, create_app(site)


def make_site(settings: WebsiteSettings, api: Api) -> Site:
    """What all requests share, made of the settings."""
    renderer = Renderer(
        site_url=settings.site_url, site_name=settings.name, purpose=settings.purpose, demo=settings.demo
    )
    return Site(settings, api, FormGuard(settings.secret, settings.origin), renderer)


def create_app(site: Site) -> ASGIApp:
    """The ASGI application of a site."""
    routes: list[BaseRoute] = [*technical_routes(site), Route("/api/{path:path}", missing_api)]
    for language in languages():
        inside = Router([_route(site, page, language) for page in pages.ALL], redirect_slashes=False)
        routes += [Route(f"/{language}", _front_page), Mount(f"/{language}", app=inside)]
    routes.append(Route("/{path:path}", _without_language(site, routes)))
    app = Starlette(routes=routes, exception_handlers={HTTPException: _status_handler(site)})
    app.router.redirect_slashes = False
    return RequestMiddleware(
        app,
        "website",
        max_body_bytes=MAX_BODY_BYTES,
        deadline=DEADLINE_SECONDS,
        headers=HEADERS | transport_headers(site.settings.site_url),
    )


async def _front_page(request: Request) -> Response:
    return RedirectResponse(f"{request.url.path}/", 308)


def _route(site: Site, page: Page, language: str) -> Route:
    async def endpoint(request: Request) -> Response:
        visit = _visit(site, request, language)
        try:
            response = await _answer(visit, page)
        except Exception as failure:
            response = failures.failure_page(visit, failure)
        return _finished(visit, response)

    return Route(page.path, endpoint, methods=[page.method])


async def _answer(visit: Visit, page: Page) -> Response:
    if page.method == "POST":
        visit.form = await read_form(visit.request)
        anchor = visit.session.anchor if visit.session and not page.anonymous else None
        visit.site.guard.check(visit.request, visit.form, anchor)
    await visit.know_person()
    return await page.handler(visit)


def _visit(site: Site, request: Request, language: str) -> Visit:
    return Visit(site, request, language, Session.decode(request.cookies.get(sessions.COOKIE)))


def _finished(visit: Visit, response: Response) -> Response:
    """Cookies and caching, the same for every page."""
    response.headers.setdefault("Cache-Control", "private, no-cache" if visit.session else "no-cache")
    response.headers["Vary"] = "Cookie"
    response.headers.setdefault("Content-Language", visit.language)
    for name, stored in visit.cookies.items():
        value, seconds = stored or ("", 0)
        response.set_cookie(
            name, value, max_age=seconds, httponly=True, samesite="lax", secure=visit.site.settings.secure
        )
    return response


def _without_language(site: Site, routes: list[BaseRoute]) -> Endpoint:
    """Leads to the page in the visitor's language where there is such a page, and says so where there is none."""

    async def endpoint(request: Request) -> Response:
        path = f"/{SOURCE_LANGUAGE}{request.url.path}"
        scope = {**request.scope, "path": path, "method": "GET"}
        mounted = next(r for r in routes if isinstance(r, Mount) and r.path == f"/{SOURCE_LANGUAGE}")
        inner = {**scope, "root_path": f"{scope.get('root_path', '')}/{SOURCE_LANGUAGE}"}
        if request.url.path.split("/")[1] not in languages() and any(
            route.matches(inner)[0].value == 2 for route in mounted.routes or ()
        ):
            return negotiation.to_language(request)
        raise HTTPException(404)

    return endpoint


def _status_handler(site: Site) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def answer(request: Request, failure: Exception) -> Response:
        assert isinstance(failure, HTTPException)
        language = request.url.path.split("/")[1]
        visit = _visit(site, request, language if language in languages() else SOURCE_LANGUAGE)
        visit.form = FormData()
        response = _finished(visit, failures.status_page(visit, failure.status_code))
        response.headers.update(failure.headers or {})
        return response

    return answer


def main() -> None:
    """The command line; unknown or missing settings end it with one line and exit code 2."""
    parser = argparse.ArgumentParser(prog="python -m aep_website")
    parser.add_argument("part", choices=["api"])
    parser.parse_args()
    try:
        site, app = build(os.environ)
    except (SettingsError, ValueError) as problem:
        print(f"aep_website: {problem}", file=sys.stderr)
        raise SystemExit(2) from problem
    settings = site.settings
    configure_logging(settings.log_format, settings.log_level)
    uvicorn.Server(server_config(app, settings.host, settings.port, settings.trusted)).run()

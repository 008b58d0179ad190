"""Addresses without a language lead to the same page in the language that the browser asks for."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from aep_website.i18n import languages, negotiate


def to_language(request: Request) -> Response:
    """The redirect; it depends on `Accept-Language`, so caches must keep them apart."""
    language = negotiate(request.headers.get("accept-language", ""), languages())
    path = request.scope.get("raw_path", request.url.path.encode()).decode("latin-1").partition("?")[0]
    query = f"?{request.url.query}" if request.url.query else ""
    # A path that begins with two slashes would name another host.
    target = f"/{language}/{path.lstrip('/')}{query}"
    return RedirectResponse(target, 302, {"Vary": "Accept-Language", "Cache-Control": "no-cache"})

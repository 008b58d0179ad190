"""A website whose APIs are stubbed at the network's edge, and one on a real platform for the browser."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.types import ASGIApp

from aep_website.app import create_app, make_site
from aep_website.client import Api
from aep_website.settings import WebsiteSettings
from aep_website.visit import Site
from tests.website.platform import DemoPlatform, demo_platform

ORIGIN = "https://aep.example"
SECRET = "a key for tests that is long enough for everybody"

Answer = Callable[[httpx2.Request], httpx2.Response]


@dataclass
class Network:
    """What the APIs answer, by method and path; what is not named is an empty list, or nothing found."""

    answers: dict[tuple[str, str], Answer] = field(default_factory=dict)
    requests: list[httpx2.Request] = field(default_factory=list)

    def says(self, method: str, path: str, body: Any, status: int = 200, **headers: str) -> None:
        self.answers[method, path] = lambda _request: httpx2.Response(status, json=body, headers=headers)

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        known = self.answers.get((request.method, request.url.path))
        if known:
            return known(request)
        if request.url.path.count("/") == 4 and request.method == "GET":
            return httpx2.Response(200, json={"items": [], "next": None, "facets": {}, "total": _NOTHING})
        problem = {"status": 404, "code": "not-found", "detail": "there is no such thing"}
        return httpx2.Response(404, json=problem, headers={"Content-Type": "application/problem+json"})


_NOTHING = {"value": 0, "relation": "exact"}


@pytest.fixture
def network() -> Network:
    return Network()


@pytest.fixture
def site(network: Network) -> Site:
    settings = WebsiteSettings(secret=SECRET, site_url=ORIGIN, api_url="http://api.example", demo=True)
    return make_site(settings, Api(settings.api_url, 5, httpx2.MockTransport(network)))


@pytest.fixture
def app(site: Site) -> ASGIApp:
    return create_app(site)


@pytest.fixture
async def visitor(app: ASGIApp) -> AsyncIterator[httpx2.AsyncClient]:
    """A browser without scripts that follows no redirects by itself."""
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url=ORIGIN) as client:
        yield client


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory, scratch: Path) -> Iterator[DemoPlatform]:
    """The real platform with process and demo data, on a port of its own."""
    folder = scratch / f"website-{secrets.token_hex(4)}"
    folder.mkdir()
    with demo_platform(folder) as found:
        yield found


def body(request: httpx2.Request) -> Any:
    return json.loads(request.content)


@pytest.fixture
def update(site: Site) -> dict[str, str]:
    """The fields of a form that was opened in the session of `signed_in`."""
    return {
        "form_token": site.guard.token("anchor"),
        "about": "initiative:summer-school",
        "kind": "progress",
        "title": "Summer",
        "text": "Sixty students.",
        "links": "",
        "action": "save",
    }

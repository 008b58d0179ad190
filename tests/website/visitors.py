"""Who visits: browsers with a session, and the forms that their pages send."""

from __future__ import annotations

import time
from typing import Any

import httpx2

from aep_website.session import COOKIE, Session
from aep_website.visit import Site
from tests.website.conftest import ORIGIN, Network
from tests.website.records import UPDATE

ME = "/api/registry/v1/me"

UPDATES = "/api/registry/v1/updates"


def signed_in(visitor: httpx2.AsyncClient, *, expires: float = 800, secret: str = "old-secret") -> Session:
    session = Session("anchor", secret, "token", int(time.time() + expires))
    visitor.cookies.set(COOKIE, session.encode())
    return session


def from_page(**fields: str) -> dict[str, object]:
    return {"data": fields, "headers": {"Origin": ORIGIN}}


def fresh(secret: str | None) -> dict[str, object]:
    return {"access_token": "fresh-token", "expires_in": 900, "secret": secret}


def sent(network: Network, method: str, path: str) -> list[httpx2.Request]:
    return [r for r in network.requests if (r.method, r.url.path) == (method, path)]


def form(site: Site, **fields: str) -> dict[str, Any]:
    return from_page(form_token=site.guard.token("anchor"), **fields)


OUTDATED = {"code": "revision-outdated", "detail": "the update is at revision 3, not 2"}


def said(network: Network, **changed: Any) -> None:
    network.says("GET", f"{UPDATES}/u1", {**UPDATE, **changed})

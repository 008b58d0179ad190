"""Signing in, staying signed in, and forms that only our own pages can send."""

from __future__ import annotations

import time

import httpx2
import pytest

from aep_website.session import COOKIE, Session
from aep_website.visit import Site
from tests.website.conftest import ORIGIN, Network, body

ME = "/api/registry/v1/me"
RENEW = "/api/registry/v1/session/renew"
UPDATES = "/api/registry/v1/updates"
OFFICER = {"id": "0198", "grants": [{"role": "officer"}]}
COORDINATOR = {"id": "0199", "grants": [{"role": "coordinator", "initiative": "summer-school"}]}


def signed_in(visitor: httpx2.AsyncClient, *, expires: float = 800, secret: str = "old-secret") -> Session:
    session = Session("anchor", secret, "token", int(time.time() + expires))
    visitor.cookies.set(COOKIE, session.encode())
    return session


def from_page(**fields: str) -> dict[str, object]:
    return {"data": fields, "headers": {"Origin": ORIGIN}}


def fresh(secret: str | None) -> dict[str, object]:
    return {"access_token": "fresh-token", "expires_in": 900, "secret": secret}


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


async def test_a_link_is_redeemed_by_the_button_only(visitor: httpx2.AsyncClient, network: Network, site: Site) -> None:
    network.says("POST", "/api/registry/v1/sign-in/redeem", fresh("new-secret"))
    network.says("GET", ME, OFFICER)
    page = await visitor.get("/en/sign-in/some-secret")
    assert page.status_code == 200
    assert not [r for r in network.requests if r.method == "POST"]
    answer = await visitor.post("/en/sign-in/some-secret", **from_page(form_token=site.guard.token(None)))
    assert (answer.status_code, answer.headers["location"]) == (303, "/en/review")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "Secure" in cookie
    assert "SameSite=lax" in cookie


async def test_a_token_that_runs_out_is_renewed_and_kept(visitor: httpx2.AsyncClient, network: Network) -> None:
    signed_in(visitor, expires=30)
    network.says("POST", RENEW, fresh("new-secret"))
    network.says("GET", ME, COORDINATOR)
    answer = await visitor.get("/en/my")
    assert answer.status_code == 200
    kept = Session.decode(answer.cookies[COOKIE].strip('"'))
    assert kept is not None
    assert (kept.secret, kept.token, kept.anchor) == ("new-secret", "fresh-token", "anchor")
    assert network.requests[1].headers["authorization"] == "Bearer fresh-token"


async def test_a_parallel_tab_does_not_overwrite_the_newer_secret(
    visitor: httpx2.AsyncClient, network: Network
) -> None:
    signed_in(visitor, expires=0)
    network.says("POST", RENEW, fresh(None))
    network.says("GET", ME, COORDINATOR)
    answer = await visitor.get("/en/my")
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers


async def test_a_form_that_took_an_hour_is_saved(
    visitor: httpx2.AsyncClient, network: Network, update: dict[str, str]
) -> None:
    """Another tab renewed meanwhile: the cookie has another secret than when the form was opened."""
    signed_in(visitor, expires=-2700, secret="newer-secret")
    network.says("POST", RENEW, fresh("newest-secret"))
    network.says("GET", ME, COORDINATOR)
    network.says("POST", UPDATES, {"id": "u1", "revision": 1}, 201)
    answer = await visitor.post("/en/my/updates", **from_page(**update))
    assert (answer.status_code, answer.headers["location"]) == (303, "/en/my/updates/u1?saved=1")
    assert body(network.requests[2])["text"] == {"en": "Sixty students."}


async def test_what_was_written_is_shown_when_the_session_has_ended(
    visitor: httpx2.AsyncClient, network: Network, update: dict[str, str]
) -> None:
    signed_in(visitor, expires=-3 * 86400)
    network.says("POST", RENEW, {"code": "session-ended", "detail": "ended"}, 401)
    answer = await visitor.post("/en/my/updates", **from_page(**update))
    assert answer.status_code == 401
    assert "Sixty students." in answer.text


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://aep.example.evil.example"])
async def test_a_form_of_another_site_is_refused(
    visitor: httpx2.AsyncClient, network: Network, update: dict[str, str], origin: str
) -> None:
    signed_in(visitor)
    answer = await visitor.post("/en/my/updates", data=update, headers={"Origin": origin})
    assert answer.status_code == 403
    assert not network.requests


async def test_a_form_without_origin_needs_a_referer_of_this_site(
    visitor: httpx2.AsyncClient, network: Network, update: dict[str, str]
) -> None:
    signed_in(visitor)
    network.says("GET", ME, COORDINATOR)
    network.says("POST", UPDATES, {"id": "u1", "revision": 1}, 201)
    assert (await visitor.post("/en/my/updates", data=update)).status_code == 403
    answer = await visitor.post("/en/my/updates", data=update, headers={"Referer": f"{ORIGIN}/en/my/updates/new"})
    assert answer.status_code == 303


async def test_a_form_of_another_session_is_refused(
    visitor: httpx2.AsyncClient, network: Network, site: Site, update: dict[str, str]
) -> None:
    signed_in(visitor)
    for token in (site.guard.token("other"), site.guard.token(None), ""):
        answer = await visitor.post("/en/my/updates", **from_page(**{**update, "form_token": token}))
        assert answer.status_code == 403
    assert not network.requests


async def test_following_reads_ask_for_what_a_write_published(
    visitor: httpx2.AsyncClient, network: Network, update: dict[str, str]
) -> None:
    signed_in(visitor)
    network.says("GET", ME, COORDINATOR)
    network.says("POST", UPDATES, {"id": "u1", "revision": 1}, 201, **{"AEP-Event": "aep.registry.update.v1/u1/7"})
    await visitor.post("/en/my/updates", **from_page(**update))
    await visitor.get("/en/my")
    assert network.requests[-1].headers["aep-after"] == "aep.registry.update.v1/u1/7"


@pytest.mark.parametrize("path", ["/en/my", "/en/review", "/en/issues", "/en/reports", "/en/mailbox"])
async def test_working_pages_lead_to_the_sign_in_and_back(visitor: httpx2.AsyncClient, path: str) -> None:
    answer = await visitor.get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/en/sign-in?next={path[3:]}")


@pytest.mark.parametrize("path", ["/en/review", "/en/issues", "/en/reports", "/en/mailbox"])
async def test_working_pages_of_others_are_refused(visitor: httpx2.AsyncClient, network: Network, path: str) -> None:
    signed_in(visitor)
    network.says("GET", ME, COORDINATOR)
    assert (await visitor.get(path)).status_code == 403


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example"])
async def test_the_sign_in_leads_to_this_site_only(
    visitor: httpx2.AsyncClient, network: Network, site: Site, target: str
) -> None:
    network.says("POST", "/api/registry/v1/sign-in/redeem", fresh("s"))
    network.says("GET", ME, OFFICER)
    fields = {"form_token": site.guard.token(None), "next": target}
    answer = await visitor.post("/en/sign-in/some-secret", **from_page(**fields))
    assert answer.headers["location"] == "/en/review"


@pytest.mark.parametrize("value", ["", "a:b:c", "a:b:x:d", "::1:", "a:b:12:d:e"])
def test_an_odd_cookie_is_no_session(value: str) -> None:
    assert Session.decode(value) is None

"""Staying signed in, whatever other tabs do."""

from __future__ import annotations

import httpx2
import pytest

from aep_website.session import COOKIE, Session
from tests.website.conftest import Network, body
from tests.website.records import COORDINATOR
from tests.website.visitors import ME, UPDATES, fresh, from_page, signed_in

RENEW = "/api/registry/v1/session/renew"


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


@pytest.mark.parametrize("value", ["", "a:b:c", "a:b:x:d", "::1:", "a:b:12:d:e"])
def test_an_odd_cookie_is_no_session(value: str) -> None:
    assert Session.decode(value) is None

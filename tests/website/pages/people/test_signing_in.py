"""Signing in by the button of a link, and where it leads."""

from __future__ import annotations

import httpx2
import pytest

from aep_website.visit import Site
from tests.website.conftest import Network
from tests.website.records import OFFICER
from tests.website.visitors import ME, fresh, from_page


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


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example"])
async def test_the_sign_in_leads_to_this_site_only(
    visitor: httpx2.AsyncClient, network: Network, site: Site, target: str
) -> None:
    network.says("POST", "/api/registry/v1/sign-in/redeem", fresh("s"))
    network.says("GET", ME, OFFICER)
    fields = {"form_token": site.guard.token(None), "next": target}
    answer = await visitor.post("/en/sign-in/some-secret", **from_page(**fields))
    assert answer.headers["location"] == "/en/review"


async def test_a_link_is_mailed_and_its_code_may_be_typed(
    visitor: httpx2.AsyncClient, network: Network, site: Site
) -> None:
    network.says("POST", "/api/registry/v1/sign-in", {"status": "accepted"}, 202)
    token = site.guard.token(None)
    asked = await visitor.post("/en/sign-in", **from_page(form_token=token, email="ada@x.example", next="/my"))
    assert asked.status_code == 200
    assert "Please look into your mail" in asked.text
    assert '<input type="hidden" name="next" value="/my">' in asked.text
    assert 'role="alert"' not in asked.text
    problem = {"code": "sign-in-failed", "detail": "x"}
    network.says("POST", "/api/registry/v1/sign-in/redeem", problem, 401)
    wrong = await visitor.post("/en/sign-in/code", **from_page(form_token=token, code="ABCD-EFGH-IJKL", next="/my"))
    assert wrong.status_code == 401
    assert "This code was used, is too old or has a typing mistake." in wrong.text
    assert '<input type="hidden" name="next" value="/my">' in wrong.text

"""One's own access."""

from __future__ import annotations

import httpx2
import pytest

from aep_website.visit import Site
from tests.website.conftest import Network
from tests.website.reading import seen
from tests.website.records import COORDINATOR
from tests.website.visitors import ME, form, from_page, sent, signed_in

END = "/api/registry/v1/session/end-all"
NAMES = "/api/search/v1/names"


async def test_one_signs_out_everywhere_with_a_button(
    visitor: httpx2.AsyncClient, network: Network, site: Site
) -> None:
    signed_in(visitor)
    network.says("GET", ME, COORDINATOR)
    network.says("POST", "/api/registry/v1/session/end-all", None, 204)
    page = await visitor.get("/en/access")
    assert 'action="/en/access/end"' in page.text
    assert "summer school" in page.text
    answer = await visitor.post("/en/access/end", **from_page(form_token=site.guard.token("anchor")))
    assert answer.status_code == 200
    assert "Signed out everywhere" in answer.text
    assert 'aep_session=""' in answer.headers["set-cookie"]
    assert len(sent(network, "POST", "/api/registry/v1/session/end-all")) == 1


async def test_each_role_is_shown_with_its_record_and_its_end(visitor: httpx2.AsyncClient, network: Network) -> None:
    signed_in(visitor)
    grants = [
        {"role": "coordinator", "initiative": "summer-school"},
        {"role": "focal-point", "partner": "new-land", "until": "2027-02-01T00:00:00+00:00"},
        {"role": "group-chair", "group": "swg"},
        {"role": "editor"},
    ]
    network.says("GET", ME, {"id": "0199", "grants": grants})
    found = {"type": "initiative", "slug": "schools", "former_slugs": ["summer-school"], "kind": "programme"}
    network.says("GET", NAMES, {"items": [{**found, "name": {"en": "The Schools"}}], "next": None})
    page = seen(await visitor.get("/en/access"))
    assert (
        "coordinator: The Schools focal point: new land until 31 January 2027 group chair: swg editor"
        " Sign out everywhere" in page.words
    )
    assert "You have no role." not in page.words
    assert sent(network, "GET", NAMES)[0].url.params["type"] == "initiative,partner,group"


async def test_whoever_has_no_role_is_told_so(visitor: httpx2.AsyncClient, network: Network) -> None:
    signed_in(visitor)
    network.says("GET", ME, {"id": "0199", "grants": []})
    page = seen(await visitor.get("/en/access"))
    assert "Your access You have no role. Sign out everywhere" in page.words


@pytest.mark.parametrize("status", [404, 503])
async def test_roles_are_shown_without_names(visitor: httpx2.AsyncClient, network: Network, status: int) -> None:
    signed_in(visitor)
    network.says("GET", ME, COORDINATOR)
    network.says("GET", NAMES, {"code": "x", "detail": "x"}, status)
    answer = await visitor.get("/en/access")
    assert answer.status_code == 200
    assert "coordinator: summer school" in seen(answer).words


async def test_a_stranger_has_no_access_to_show_or_to_end(
    visitor: httpx2.AsyncClient, network: Network, site: Site
) -> None:
    answer = await visitor.get("/en/access")
    assert (answer.status_code, answer.headers["location"]) == (303, "/en/sign-in?next=/access")
    ended = await visitor.post("/en/access/end", **from_page(form_token=site.guard.token(None)))
    assert ended.status_code == 401
    assert "Please sign in again" in seen(ended).words
    assert network.requests == []


async def test_a_form_of_another_session_or_site_ends_nothing(
    visitor: httpx2.AsyncClient, network: Network, site: Site
) -> None:
    signed_in(visitor)
    network.says("GET", ME, COORDINATOR)
    token = site.guard.token("anchor")
    refused = [
        await visitor.post("/en/access/end", **from_page(form_token=site.guard.token("other"))),
        await visitor.post("/en/access/end", **from_page(form_token="")),
        await visitor.post("/en/access/end", data={"form_token": token}, headers={"Origin": "https://evil.example"}),
    ]
    assert [answer.status_code for answer in refused] == [403, 403, 403]
    assert "This form belongs to another session." in seen(refused[0]).words
    assert "Forms are only taken from pages at https://aep.example." in seen(refused[2]).words
    assert sent(network, "POST", END) == []


@pytest.mark.parametrize(
    ("status", "words"), [(503, "A part of the site is away"), (429, "That was too often"), (403, "not for you")]
)
async def test_a_session_that_could_not_be_ended_is_not_forgotten(
    visitor: httpx2.AsyncClient, network: Network, site: Site, status: int, words: str
) -> None:
    signed_in(visitor)
    network.says("GET", ME, COORDINATOR)
    network.says("POST", END, {"code": "x", "detail": "x"}, status)
    answer = await visitor.post("/en/access/end", **form(site))
    assert answer.status_code == status
    assert words in seen(answer).words
    assert "Signed out" not in answer.text
    assert 'aep_session=""' not in answer.headers.get("set-cookie", "")


async def test_a_session_that_has_ended_already_leads_to_the_sign_in(
    visitor: httpx2.AsyncClient, network: Network
) -> None:
    signed_in(visitor)
    network.says("GET", ME, {"code": "session-ended", "detail": "x"}, 401)
    answer = await visitor.get("/en/access")
    assert (answer.status_code, answer.headers["location"]) == (303, "/en/sign-in?next=/access")
    assert 'aep_session=""' in answer.headers["set-cookie"]

"""Approved updates: the list page by page, and one of them."""

from __future__ import annotations

import httpx2
import pytest

from aep_shared.contracts.registry.update import EXAMPLE
from tests.website.conftest import Network
from tests.website.reading import seen
from tests.website.records import COORDINATOR
from tests.website.visitors import ME, UPDATES, sent, signed_in

APPROVED = {**EXAMPLE.model_dump(mode="json"), "state": "approved", "updated_at": "2026-06-03T09:30:00Z"}
ADDRESS = f"{UPDATES}/{EXAMPLE.id}"
PAGE = f"/en/updates/{EXAMPLE.id}"
LANTERN = {
    "type": "initiative",
    "slug": "demo-lantern-exchange-3",
    "former_slugs": [],
    "name": {"en": "Lantern Exchange"},
    "kind": "edition",
}


@pytest.fixture
def names(network: Network) -> None:
    network.says("GET", "/api/search/v1/names", {"items": [LANTERN], "next": None})


async def test_a_list_without_updates_says_so(visitor: httpx2.AsyncClient) -> None:
    page = seen(await visitor.get("/en/updates"))
    assert "No update yet." in page.words
    assert page.leads("Older updates") is None


@pytest.mark.usefixtures("names")
async def test_the_list_shows_when_what_and_about_what(visitor: httpx2.AsyncClient, network: Network) -> None:
    other = {**APPROVED, "id": "u2", "title": {"en": "Second"}, "about": {"type": "partner", "slug": "new-land"}}
    network.says("GET", UPDATES, {"items": [APPROVED, other], "next": None})
    page = seen(await visitor.get("/en/updates"))
    assert "First visits are booked 3 June 2026 · progress · Lantern Exchange Twelve pairs" in page.words
    assert "Second 3 June 2026 · progress · new land Twelve pairs" in page.words
    assert page.to("/en/updates/") == ["First visits are booked", "Second"]
    assert page.leads("Lantern Exchange") == "/en/initiatives/demo-lantern-exchange-3"
    (asked,) = sent(network, "GET", UPDATES)
    assert dict(asked.url.params) == {"state": "approved", "sort": "-approved", "limit": "20"}


async def test_older_updates_are_on_the_next_page(visitor: httpx2.AsyncClient, network: Network) -> None:
    network.says("GET", UPDATES, {"items": [APPROVED], "next": "a+b&c"})
    older = seen(await visitor.get("/en/updates")).leads("Older updates")
    assert older == "/en/updates?cursor=a%2Bb%26c"
    network.says("GET", UPDATES, {"items": [APPROVED], "next": None})
    page = seen(await visitor.get(older))
    assert sent(network, "GET", UPDATES)[-1].url.params["cursor"] == "a+b&c"
    assert page.leads("Older updates") is None


async def test_a_cursor_that_the_registry_refuses_has_no_page(visitor: httpx2.AsyncClient, network: Network) -> None:
    network.says("GET", UPDATES, {"code": "invalid-cursor", "detail": "x"}, 422)
    assert (await visitor.get("/en/updates?cursor=other")).status_code == 404


async def test_the_list_needs_the_registry(visitor: httpx2.AsyncClient, network: Network) -> None:
    network.says("GET", UPDATES, {"code": "database-away", "detail": "x"}, 503)
    assert (await visitor.get("/en/updates")).status_code == 503


@pytest.mark.usefixtures("names")
async def test_an_update_is_told_in_words(visitor: httpx2.AsyncClient, network: Network) -> None:
    network.says("GET", ADDRESS, APPROVED)
    page = seen(await visitor.get(PAGE))
    assert page.words == (
        "Updates First visits are booked progress · about Lantern Exchange · approved on 3 June 2026"
        " Twelve pairs of students have their dates. https://lantern.example.org/visits"
        " Refers to: demo conclusions: Paragraph 4 Follow the way of this update"
    )
    assert page.leads("https://lantern.example.org/visits") == "https://lantern.example.org/visits"
    assert page.leads("demo conclusions: Paragraph 4") is None
    assert page.leads("Follow the way of this update") == f"/en/way/{EXAMPLE.id}"


async def test_an_update_without_links_and_mentions_names_none(visitor: httpx2.AsyncClient, network: Network) -> None:
    network.says("GET", ADDRESS, {**APPROVED, "links": [], "mentions": []})
    assert "their dates. Follow the way" in seen(await visitor.get(PAGE)).words


async def test_an_update_in_another_language_says_so(visitor: httpx2.AsyncClient, network: Network) -> None:
    network.says("GET", ADDRESS, {**APPROVED, "title": {"fr": "Réservé"}, "text": {"fr": "Douze <paires>."}})
    answer = await visitor.get(PAGE)
    assert "Only available in French." in seen(answer).words
    assert '<p lang="fr">Douze &lt;paires&gt;.</p>' in answer.text


@pytest.mark.parametrize("state", ["draft", "submitted", "returned", "withdrawn"])
async def test_what_is_not_approved_has_no_public_page_for_its_author_either(
    visitor: httpx2.AsyncClient, network: Network, state: str
) -> None:
    signed_in(visitor)
    network.says("GET", ME, COORDINATOR)
    network.says("GET", ADDRESS, {**APPROVED, "state": state})
    answer = await visitor.get(PAGE)
    assert answer.status_code == 404
    assert "First visits" not in answer.text


@pytest.mark.parametrize("status", [404, 422])
async def test_an_update_that_is_not_known_has_no_page(
    visitor: httpx2.AsyncClient, network: Network, status: int
) -> None:
    network.says("GET", ADDRESS, {"code": "not-found", "detail": "x"}, status)
    assert (await visitor.get(PAGE)).status_code == 404

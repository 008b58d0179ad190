"""The office reads, publishes and withdraws texts."""

from __future__ import annotations

import httpx2
import pytest

from aep_website.visit import Site
from tests.website.conftest import Network, body
from tests.website.records import OFFICER, PARAGRAPH, PUBLICATION, WAITING
from tests.website.visitors import ME, form, signed_in

SEARCH = "/api/search/v1"

ADDRESS = f"{SEARCH}/publications/conclusions"


@pytest.fixture
def officer(visitor: httpx2.AsyncClient, network: Network) -> httpx2.AsyncClient:
    signed_in(visitor)
    network.says("GET", ME, OFFICER)
    network.says("GET", f"{SEARCH}/unpublished", {"items": [WAITING], "next": None})
    network.says("GET", f"{SEARCH}/unpublished/conclusions", WAITING)
    return visitor


async def test_an_officer_reads_and_publishes_a_text_that_waits(
    officer: httpx2.AsyncClient, network: Network, site: Site
) -> None:
    assert 'href="/en/review/texts/conclusions"' in (await officer.get("/en/review")).text
    page = (await officer.get("/en/review/texts/conclusions")).text
    assert "To &lt;look&gt; closely." in page
    network.says("POST", f"{ADDRESS}/publish", {**PUBLICATION, "state": "published"})
    answer = await officer.post("/en/review/texts/conclusions", **form(site, revision="2"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/en/publications/conclusions")
    assert network.requests[-1].headers["if-match"] == '"2"'


async def test_who_imported_a_text_has_no_button_to_publish_it(officer: httpx2.AsyncClient, network: Network) -> None:
    network.says("GET", f"{SEARCH}/unpublished/conclusions", {**WAITING, "imported_by": OFFICER["id"]})
    page = (await officer.get("/en/review/texts/conclusions")).text
    assert "another officer publishes it" in page
    assert 'name="revision"' not in page


@pytest.mark.parametrize(
    ("status", "words"), [(409, "another officer publishes it"), (412, "Another text was imported")]
)
async def test_a_refused_publishing_says_why(
    officer: httpx2.AsyncClient, network: Network, site: Site, status: int, words: str
) -> None:
    network.says("POST", f"{ADDRESS}/publish", {"code": "x", "detail": "x"}, status)
    answer = await officer.post("/en/review/texts/conclusions", **form(site, revision="1"))
    assert answer.status_code == status
    assert words in answer.text


async def test_withdrawing_asks_for_a_reason(officer: httpx2.AsyncClient, network: Network, site: Site) -> None:
    network.says("GET", ADDRESS, {**PUBLICATION, "state": "published"})
    network.says("GET", f"{ADDRESS}/paragraphs", {"items": [PARAGRAPH], "next": None})
    network.says("GET", f"{ADDRESS}/cited-by", {"items": []})
    assert 'href="/en/publications/conclusions/withdraw"' in (await officer.get("/en/publications/conclusions")).text
    assert (await officer.get("/en/publications/conclusions/withdraw")).status_code == 200
    missing = await officer.post("/en/publications/conclusions/withdraw", **form(site, reason=" "))
    assert missing.status_code == 422
    assert not [r for r in network.requests if r.method == "POST"]
    network.answers["POST", f"{ADDRESS}/withdraw"] = lambda _request: httpx2.Response(204)
    answer = await officer.post("/en/publications/conclusions/withdraw", **form(site, reason="Wrong file."))
    assert answer.headers["location"] == "/en/publications/conclusions"
    assert body(network.requests[-1]) == {"reason": "Wrong file."}


async def test_nobody_else_sees_the_pages_of_the_office(visitor: httpx2.AsyncClient, network: Network) -> None:
    network.says("GET", ADDRESS, {**PUBLICATION, "state": "published"})
    network.says("GET", f"{ADDRESS}/paragraphs", {"items": [PARAGRAPH], "next": None})
    network.says("GET", f"{ADDRESS}/cited-by", {"items": []})
    assert "/withdraw" not in (await visitor.get("/en/publications/conclusions")).text
    for path in ("/en/review/texts/conclusions", "/en/publications/conclusions/withdraw"):
        assert (await visitor.get(path)).status_code == 303

"""The pages of publications that wait or were withdrawn."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import httpx2
import pytest

from aep_website.visit import Site
from tests.website.conftest import Network, body
from tests.website.test_pages import PARAGRAPH, PUBLICATION
from tests.website.test_sessions import ME, OFFICER, from_page, signed_in

SEARCH = "/api/search/v1"
ADDRESS = f"{SEARCH}/publications/conclusions"
WITHDRAWN = {
    "code": "publication-withdrawn",
    "status": 410,
    "detail": "'conclusions' was withdrawn: Wrong <file>.",
    "reason": "Wrong <file>.",
}
WAITING = {
    **PUBLICATION,
    "state": "unpublished",
    "imported_by": "0200",
    "revision": 2,
    "updated_at": "2026-01-02T03:04:05Z",
    "items": [PARAGRAPH],
}


@pytest.fixture
def officer(visitor: httpx2.AsyncClient, network: Network) -> httpx2.AsyncClient:
    signed_in(visitor)
    network.says("GET", ME, OFFICER)
    network.says("GET", f"{SEARCH}/unpublished", {"items": [WAITING], "next": None})
    network.says("GET", f"{SEARCH}/unpublished/conclusions", WAITING)
    return visitor


def form(site: Site, **fields: str) -> dict[str, Any]:
    return from_page(form_token=site.guard.token("anchor"), **fields)


@pytest.mark.parametrize("path", ["/en/publications/conclusions", "/en/publications/conclusions/paragraphs/75"])
async def test_a_withdrawn_publication_says_why(visitor: httpx2.AsyncClient, network: Network, path: str) -> None:
    network.says("GET", ADDRESS, WITHDRAWN, 410)
    network.says("GET", f"{ADDRESS}/paragraphs/75", WITHDRAWN, 410)
    answer = await visitor.get(path)
    assert answer.status_code == 410
    assert "This was withdrawn" in answer.text
    assert "Wrong &lt;file&gt;." in answer.text


def _many(network: Network, slug: str, count: int) -> None:
    """A publication of so many paragraphs, each with a heading of its own, in pages of 500."""
    address = f"{SEARCH}/publications/{slug}"
    network.says("GET", address, {**PUBLICATION, "slug": slug, "paragraphs": count})

    def page(request: httpx2.Request) -> httpx2.Response:
        begin = int(request.url.params.get("cursor", "0"))
        items = [
            {
                **PARAGRAPH,
                "ref": str(n),
                "number": str(n),
                "heading": [f"Part {n}"],
                "position": n,
                "text": {"en": "Ministers took note.\n- One thing.\n- Another thing."},
            }
            for n in range(begin, min(begin + 500, count))
        ]
        return httpx2.Response(200, json={"items": items, "next": str(begin + 500) if begin + 500 < count else None})

    network.answers["GET", f"{address}/paragraphs"] = page
    network.says("GET", f"{address}/cited-by", {"items": []})


async def _longest_hold(ended: asyncio.Event) -> float:
    """The most seconds of work that this thread did between two turns of others.

    Work and not time, so that other processes of the machine do not count.
    """
    longest, last = 0.0, time.thread_time()
    while not ended.is_set():
        await asyncio.sleep(0)
        now = time.thread_time()
        longest, last = max(longest, now - last), now
    return longest


async def test_a_page_of_thousands_of_paragraphs_lets_others_have_their_turn(
    visitor: httpx2.AsyncClient, network: Network
) -> None:
    _many(network, "short", 1)
    _many(network, "conclusions", 15_000)
    # The first page of a process makes its templates.
    await visitor.get("/en/publications/short")
    ended = asyncio.Event()
    watch = asyncio.create_task(_longest_hold(ended))
    begun = time.thread_time()
    answer = await visitor.get("/en/publications/conclusions")
    took = time.thread_time() - begun
    ended.set()
    longest = await watch
    assert answer.text.count('<div class="paragraph ') == 15_000
    assert "Part 14999" in answer.text
    # A share of the whole, which holds on a slow machine as well; a page that is made in one go holds all of it.
    assert longest < took / 2, (longest, took)


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

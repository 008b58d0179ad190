"""Publications and their paragraphs: what cites them, what was withdrawn, and very long ones."""

from __future__ import annotations

import asyncio
import time

import httpx2
import pytest

from aep_website.answers.search import Paragraph
from aep_website.pages.public.publications import outlined
from tests.website.conftest import ORIGIN, Network
from tests.website.records import CITED, PARAGRAPH, PUBLICATION

SEARCH = "/api/search/v1"

ADDRESS = f"{SEARCH}/publications/conclusions"

WITHDRAWN = {
    "code": "publication-withdrawn",
    "status": 410,
    "detail": "'conclusions' was withdrawn: Wrong <file>.",
    "reason": "Wrong <file>.",
}


@pytest.fixture
def text(network: Network) -> None:
    """A publication of one paragraph that one initiative cites."""
    network.says("GET", "/api/search/v1/publications/conclusions", PUBLICATION)
    network.says("GET", "/api/search/v1/publications/conclusions/paragraphs", {"items": [PARAGRAPH], "next": None})
    network.says("GET", "/api/search/v1/publications/conclusions/paragraphs/75", PARAGRAPH)
    network.says("GET", "/api/search/v1/publications/conclusions/cited-by", {"items": [CITED]})


@pytest.mark.usefixtures("text")
async def test_a_publication_shows_paragraphs_notes_and_what_cites_them(visitor: httpx2.AsyncClient) -> None:
    page = (await visitor.get("/en/publications/conclusions")).text
    assert 'id="p-75"' in page
    assert "To &lt;look&gt; closely." in page
    assert "A note." in page
    assert 'href="/en/initiatives/school"' in page
    assert "(announced)" in page


@pytest.mark.usefixtures("text")
async def test_a_paragraph_has_one_address_to_cite(visitor: httpx2.AsyncClient) -> None:
    page = (await visitor.get("/en/publications/conclusions/paragraphs/75")).text
    assert f'<link rel="canonical" href="{ORIGIN}/en/publications/conclusions/paragraphs/75">' in page
    assert f"{ORIGIN}/publications/conclusions/paragraphs/75" in page
    assert '<span lang="fr">École d’été</span> <small class="fallback">(in French)</small>' in page


@pytest.mark.usefixtures("text")
@pytest.mark.parametrize("path", ["publications/conclusions", "publications/conclusions/paragraphs/75"])
async def test_a_text_is_shown_with_three_calls(visitor: httpx2.AsyncClient, network: Network, path: str) -> None:
    await visitor.get(f"/en/{path}")
    assert len(network.requests) == 3, [request.url.path for request in network.requests]


@pytest.mark.usefixtures("text")
async def test_a_text_is_shown_by_a_service_that_knows_no_citations(
    visitor: httpx2.AsyncClient, network: Network
) -> None:
    """Services and website are updated one after the other."""
    missing = {"code": "not-found", "status": 404, "detail": "x"}
    network.says("GET", "/api/search/v1/publications/conclusions/cited-by", missing, 404)
    for path in ("conclusions", "conclusions/paragraphs/75"):
        assert "To &lt;look&gt; closely." in (await visitor.get(f"/en/publications/{path}")).text


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
    _many(network, "conclusions", 6_000)
    # The first page of a process makes its templates.
    await visitor.get("/en/publications/short")
    ended = asyncio.Event()
    watch = asyncio.create_task(_longest_hold(ended))
    begun = time.thread_time()
    answer = await visitor.get("/en/publications/conclusions")
    took = time.thread_time() - begun
    ended.set()
    longest = await watch
    assert answer.text.count('<div class="paragraph ') == 6_000
    assert "Part 5999" in answer.text
    # A share of the whole, which holds on a slow machine as well; a page that is made in one go holds all of it.
    assert longest < took / 2, (longest, took)


def test_headings_open_where_they_begin_and_levels_never_jump() -> None:
    paragraphs = [Paragraph(**{**PARAGRAPH, "heading": path}) for path in (["A", "a"], ["A", "a"], ["A", "b"], ["B"])]
    assert [[h[:2] for h in entry.headings] for entry in outlined(paragraphs)] == [
        [(2, "A"), (3, "a")],
        [],
        [(3, "b")],
        [(2, "B")],
    ]

"""The headers of every answer, languages and failures."""

from __future__ import annotations

import re

import httpx2
import pytest

from aep_website import pages
from aep_website.headers import HEADERS
from aep_website.visit import Site
from tests.website.conftest import ORIGIN, Network

PUBLIC = [page.path for page in pages.ALL if page.method == "GET"]


@pytest.mark.parametrize(
    "path",
    [
        *(f"/en{re.sub('{.*?}', 'x', path)}" for path in PUBLIC),
        "/",
        "/en",
        "/nothing",
        "/robots.txt",
        "/readyz",
        "/static/site.css",
        "/api/nothing",
        "/en/search?q=x&nonsense=1",
    ],
)
async def test_every_answer_has_the_security_headers(visitor: httpx2.AsyncClient, path: str) -> None:
    answer = await visitor.get(path)
    assert answer.status_code in (200, 302, 303, 308, 404, 503)
    for name, value in HEADERS.items():
        assert answer.headers[name] == value
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'; img-src 'self';")
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_failures_have_them_too(visitor: httpx2.AsyncClient, network: Network, site: Site) -> None:
    def breaks(_request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("away")

    network.answers["GET", "/api/events/v1/meetings"] = breaks
    away = await visitor.get("/en/meetings")
    assert (away.status_code, away.headers["retry-after"]) == (503, "5")
    network.answers["GET", "/api/events/v1/meetings"] = lambda _request: httpx2.Response(200, text="no JSON")
    broken = await visitor.get("/en/meetings")
    assert (broken.status_code, broken.headers["retry-after"]) == (503, "5")
    large = await visitor.post("/en/sign-in", content=b"x" * 300_000, headers={"Origin": ORIGIN})
    assert large.status_code == 413
    wrong = await visitor.request("DELETE", "/en/meetings")
    assert wrong.status_code == 405
    for answer in (away, broken, large, wrong):
        assert answer.headers["content-security-policy"] == HEADERS["content-security-policy"]
        # What is too large is refused before the site is reached, as a problem document.
        assert answer.headers["content-type"].startswith("text/html") or answer is large
        assert "Traceback" not in answer.text


async def test_an_address_without_language_negotiates(visitor: httpx2.AsyncClient) -> None:
    wanted = {"Accept-Language": "fr, en;q=0.5"}
    answer = await visitor.get("/publications/conclusions/paragraphs/75?a=b", headers=wanted)
    assert answer.status_code == 302
    assert answer.headers["location"] == "/en/publications/conclusions/paragraphs/75?a=b"
    assert answer.headers["vary"] == "Accept-Language"


@pytest.mark.parametrize("path", ["//evil.example/en/search", "/xx/search", "/en/nothing", "/en/search/"])
async def test_what_is_no_page_redirects_nowhere(visitor: httpx2.AsyncClient, path: str) -> None:
    answer = await visitor.get(f"{ORIGIN}{path}")
    assert answer.status_code == 404


async def test_a_demo_says_so_on_every_page(visitor: httpx2.AsyncClient) -> None:
    for path in ("/en/", "/en/sign-in", "/en/nothing"):
        assert "Demonstration data" in (await visitor.get(path)).text


async def test_no_page_has_a_script_or_an_inline_style(visitor: httpx2.AsyncClient) -> None:
    for path in ("/en/", "/en/search", "/en/api", "/en/sign-in", "/en/subscriptions"):
        page = (await visitor.get(path)).text
        assert "<script" not in page
        assert not re.search(r"\sstyle=|\son[a-z]+=", page)


@pytest.mark.parametrize(
    "path",
    ["/subscriptions/unsubscribe/01234567890123456789", "/updates/0198", "/subscriptions/confirm/01234567890123456789"],
)
@pytest.mark.parametrize("wanted", ["fr", "km, th;q=0.5", ""])
async def test_links_of_mails_lead_to_a_page_whatever_the_language_of_the_reader(
    visitor: httpx2.AsyncClient, path: str, wanted: str
) -> None:
    answer = await visitor.get(path, headers={"Accept-Language": wanted})
    assert (answer.status_code, answer.headers["location"]) == (302, f"/en{path}")

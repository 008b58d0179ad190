"""Every page's headers, languages, failures and what they show of records."""

from __future__ import annotations

import re
from urllib.parse import unquote

import httpx2
import pytest

from aep_shared.settings import SettingsError
from aep_website import pages
from aep_website.app import HEADERS
from aep_website.settings import read_settings
from aep_website.visit import Site
from tests.website.conftest import ORIGIN, SECRET, Network

PUBLIC = [page.path for page in pages.ALL if page.method == "GET"]
PARAGRAPH = {
    "ref": "75",
    "number": "75",
    "kind": "paragraph",
    "text": {"en": "To <look> closely."},
    "heading": [],
    "footnotes": [{"mark": "2", "text": "A note."}],
    "links": [],
    "position": 0,
    "url": "/publications/conclusions/paragraphs/75",
}
PUBLICATION = {
    "slug": "conclusions",
    "title": {"en": "Conclusions"},
    "kind": "conclusions",
    "date": "2021-12-15",
    "status": "adopted",
    "meeting": None,
    "paragraphs": 1,
}
INITIATIVE = {
    "slug": "school",
    "title": {"fr": "École d’été"},
    "status": "running",
    "kind": "project",
}
CITED = {"ref": "75", "initiatives": [{**INITIATIVE, "stance": "announced"}], "updates": [], "meetings": []}


@pytest.fixture
def text(network: Network) -> None:
    """A publication of one paragraph that one initiative cites."""
    network.says("GET", "/api/search/v1/publications/conclusions", PUBLICATION)
    network.says("GET", "/api/search/v1/publications/conclusions/paragraphs", {"items": [PARAGRAPH], "next": None})
    network.says("GET", "/api/search/v1/publications/conclusions/paragraphs/75", PARAGRAPH)
    network.says("GET", "/api/search/v1/publications/conclusions/cited-by", {"items": [CITED]})


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
    assert broken.status_code == 500
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


@pytest.mark.parametrize("part", ["..", "%2e%2e", "a%3Fb=c", "a%23b"])
async def test_a_strange_part_reaches_no_other_address_of_the_api(
    visitor: httpx2.AsyncClient, network: Network, part: str
) -> None:
    answer = await visitor.get(f"/en/initiatives/{part}")
    assert answer.status_code in (302, 308, 404)
    asked = {(r.url.path, r.url.query) for r in network.requests}
    assert asked <= ({(f"/api/registry/v1/initiatives/{unquote(part)}", b"")} if "2e" not in part else set())


async def test_a_renamed_record_leads_to_its_present_page(visitor: httpx2.AsyncClient, network: Network) -> None:
    network.answers["GET", "/api/registry/v1/initiatives/old"] = lambda _request: httpx2.Response(
        308, headers={"Location": "/api/registry/v1/initiatives/school"}
    )
    network.says("GET", "/api/registry/v1/initiatives/school", INITIATIVE)
    answer = await visitor.get("/en/initiatives/old")
    assert (answer.status_code, answer.headers["location"]) == (308, "/en/initiatives/school")


@pytest.mark.usefixtures("text")
async def test_a_text_is_shown_by_a_service_that_knows_no_citations(
    visitor: httpx2.AsyncClient, network: Network
) -> None:
    """Services and website are updated one after the other."""
    missing = {"code": "not-found", "status": 404, "detail": "x"}
    network.says("GET", "/api/search/v1/publications/conclusions/cited-by", missing, 404)
    for path in ("conclusions", "conclusions/paragraphs/75"):
        assert "To &lt;look&gt; closely." in (await visitor.get(f"/en/publications/{path}")).text


async def test_a_removed_record_says_why(visitor: httpx2.AsyncClient, network: Network) -> None:
    removed = {"code": "record-removed", "status": 410, "detail": "It is gone.", "reason": "Entered <twice>."}
    network.says("GET", "/api/registry/v1/initiatives/school", removed, 410)
    answer = await visitor.get("/en/initiatives/school")
    assert answer.status_code == 410
    assert "<h1>This was removed</h1>" in answer.text
    assert "The secretariat removed it: Entered &lt;twice&gt;." in answer.text


async def test_a_demo_says_so_on_every_page(visitor: httpx2.AsyncClient) -> None:
    for path in ("/en/", "/en/sign-in", "/en/nothing"):
        assert "Demonstration data" in (await visitor.get(path)).text


async def test_readiness_is_that_of_every_service(visitor: httpx2.AsyncClient, network: Network) -> None:
    for service in ("registry", "events", "search", "notifications", "reports"):
        network.says("GET", f"/api/{service}/readyz", {"checks": {}})
    assert (await visitor.get("/readyz")).status_code == 200
    network.says("GET", "/api/search/readyz", {"checks": {}}, 503)
    answer = await visitor.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["search"] == "away"


async def test_no_page_has_a_script_or_an_inline_style(visitor: httpx2.AsyncClient) -> None:
    for path in ("/en/", "/en/search", "/en/api", "/en/sign-in", "/en/subscriptions"):
        page = (await visitor.get(path)).text
        assert "<script" not in page
        assert not re.search(r"\sstyle=|\son[a-z]+=", page)


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({}, "AEP_WEBSITE_SECRET"),
        ({"AEP_WEBSITE_SECRET": "short"}, "AEP_WEBSITE_SECRET"),
        ({"AEP_WEBSITE_SECRET": SECRET, "AEP_WEBSITE_TYPO": "1"}, "AEP_WEBSITE_TYPO"),
    ],
)
def test_a_wrong_setting_is_named(environ: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        read_settings(environ)


def test_settings_of_services_do_not_stop_the_website() -> None:
    environ = {"AEP_WEBSITE_SECRET": SECRET, "AEP_EVENT_LOG_URL": "kafka://x", "AEP_SMTP_URL": "smtp://x"}
    assert read_settings(environ).demo is False

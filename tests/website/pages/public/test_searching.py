"""The search page: results in words, filters chosen and taken back, pages of results, and what is refused."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from aep_website.pages.public.searching import FACETS, SHOWN_VALUES
from tests.website.conftest import Network
from tests.website.reading import Seen, seen
from tests.website.visitors import sent

SEARCH = "/api/search/v1/search"
NAMES = "/api/search/v1/names"
HIT = {
    "type": "initiative",
    "kind": "project",
    "url": "/initiatives/school",
    "title": {"fr": "École d’été"},
    "heading": {"text": "École <d’été>", "ranges": [[0, 5]]},
    "ref": None,
    "language": "fr",
    "snippet": {"text": "Une école.", "ranges": [[4, 9]]},
    "date": None,
}
PARAGRAPH = {
    "type": "paragraph",
    "kind": "paragraph",
    "url": "/publications/conclusions/paragraphs/75",
    "title": {"en": "Conclusions"},
    "heading": {"text": "Mobility", "ranges": []},
    "ref": "75",
    "language": "en",
    "snippet": {"text": "To look closely.", "ranges": []},
    "date": "2021-12-15",
}


def answers(
    network: Network,
    *hits: dict[str, Any],
    total: int = 2,
    relation: str = "exact",
    following: str | None = None,
    **facets: dict[str, int],
) -> None:
    counted = {name: [{"value": v, "count": n} for v, n in values.items()] for name, values in facets.items()}
    answer = {"items": hits, "next": following, "facets": counted, "total": {"value": total, "relation": relation}}
    network.says("GET", SEARCH, answer)


async def page(visitor: httpx2.AsyncClient, query: str = "") -> Seen:
    answer = await visitor.get(f"/en/search{query}")
    assert answer.status_code == 200
    return seen(answer)


def asked(network: Network) -> dict[str, str]:
    return dict(sent(network, "GET", SEARCH)[-1].url.params)


def parts(address: str | None) -> dict[str, list[str]]:
    """The parameters of an address of the search page."""
    assert address is not None
    assert urlsplit(address).path == "/en/search"
    return parse_qs(urlsplit(address).query)


async def test_results_say_what_they_are_and_where_the_words_stand(
    visitor: httpx2.AsyncClient, network: Network
) -> None:
    answers(network, HIT, PARAGRAPH)
    answer = await visitor.get("/en/search?q=look")
    found = seen(answer)
    for words in (
        "2 results for “look”",
        "Initiative · project École <d’été> Une école.",
        "Paragraph · Conclusions · 15 December 2021 Paragraph 75 Mobility To look closely.",
    ):
        assert words in found.words
    assert found.leads("Paragraph 75") == "/en/publications/conclusions/paragraphs/75"
    assert '<h3><a href="/en/initiatives/school" lang="fr"><mark>École</mark> &lt;d’été&gt;</a></h3>' in answer.text
    assert '<p class="snippet">To look closely.</p>' in answer.text
    assert "Nothing found" not in found.words


@pytest.mark.parametrize(
    ("total", "relation", "words"),
    [(1, "exact", "1 result"), (2, "exact", "2 results"), (1000, "at-least", "More than 1000 results")],
)
async def test_how_many_there_are_is_said_as_far_as_it_is_known(
    visitor: httpx2.AsyncClient, network: Network, total: int, relation: str, words: str
) -> None:
    answers(network, HIT, total=total, relation=relation)
    assert f" {words} Initiative" in (await page(visitor)).words


async def test_nothing_found_says_what_helps(visitor: httpx2.AsyncClient) -> None:
    found = await page(visitor, "?q=nothing")
    assert "0 results for “nothing” Nothing found? This helps" in found.words
    assert "Search again without filters" not in found.words
    filtered = await page(visitor, "?q=a+b&type=meeting&sort=date")
    assert filtered.leads("Search again without filters") == "/en/search?q=a+b"


async def test_only_what_the_page_knows_is_asked_for_and_blanks_are_nothing(
    visitor: httpx2.AsyncClient, network: Network
) -> None:
    await visitor.get("/en/search?q=+look+&type=&kind=+&limit=500&from=2021&to=2024&sort=-date")
    assert asked(network) == {"q": "look", "from": "2021", "to": "2024", "sort": "-date"}
    await visitor.get("/en/search")
    assert asked(network) == {}


async def test_values_of_facets_are_links_that_narrow_the_search(visitor: httpx2.AsyncClient, network: Network) -> None:
    known = {"type": "partner", "slug": "austria", "former_slugs": [], "name": {"en": "Austria"}, "kind": "country"}
    network.says("GET", NAMES, {"items": [known], "next": None})
    partner = {"austria": 3, "new-land": 1}
    answers(network, HIT, type={"initiative": 4}, partner=partner, language={"fr": 1, "en": 2})
    found = await page(visitor, "?q=look&cursor=abc")
    assert "What Initiatives 4 Partner Austria 3 new land 1 Language French 1 English 2" in found.words
    assert parts(found.leads("Austria")) == {"q": ["look"], "partner": ["austria"]}
    assert parts(found.leads("Initiatives")) == {"q": ["look"], "type": ["initiative"]}


async def test_a_value_that_would_narrow_nothing_is_not_offered(visitor: httpx2.AsyncClient, network: Network) -> None:
    answers(network, HIT, publication={"conclusions": 2}, kind={}, type={"initiative": 2})
    found = await page(visitor)
    assert "What Initiatives 2" in found.words
    assert "Publication" not in found.words
    assert "Kind or status" not in found.words


async def test_a_facet_offers_its_first_values_only(visitor: httpx2.AsyncClient, network: Network) -> None:
    answers(network, HIT, publication={f"text-{n}": 20 - n for n in range(SHOWN_VALUES + 2)})
    found = await page(visitor)
    offered = [name for name, address in found.links if "publication=" in address]
    assert offered == [f"text {n}" for n in range(SHOWN_VALUES)]


async def test_a_chosen_filter_is_taken_back_by_its_own_link(visitor: httpx2.AsyncClient, network: Network) -> None:
    answers(network, HIT, type={"meeting": 5, "initiative": 2}, kind={"forum": 2, "seminar": 3})
    answer = await visitor.get("/en/search?q=look&type=meeting&from=2021-12&cursor=abc")
    found = seen(answer)
    assert asked(network)["type"] == "meeting"
    assert parts(found.leads("Remove the filter What: Meetings ×")) == {"q": ["look"], "from": ["2021-12"]}
    assert parts(found.leads("Remove the filter From: December 2021 ×")) == {"q": ["look"], "type": ["meeting"]}
    assert "What Meetings 5" not in found.words
    narrowed = {"q": ["look"], "type": ["meeting"], "from": ["2021-12"], "kind": ["forum"]}
    assert parts(found.leads("forum")) == narrowed
    assert '<input type="hidden" name="type" value="meeting">' in answer.text
    assert '<input type="hidden" name="cursor"' not in answer.text


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("publication=the-conclusions", "Publication: the conclusions"),
        ("objective=mobility-2", "Objective: mobility 2"),
        ("partner=austria", "Partner: austria"),
        ("kind=good-practice", "Kind or status: good practice"),
        ("language=fr", "Language: French"),
        ("to=2024", "Until: 2024"),
    ],
)
async def test_every_filter_has_its_name_in_words(
    visitor: httpx2.AsyncClient, network: Network, query: str, words: str
) -> None:
    answers(network, HIT)
    assert (await page(visitor, f"?{query}")).leads(f"Remove the filter {words} ×") == "/en/search"


async def test_the_first_page_leads_on_and_a_later_one_back_as_well(
    visitor: httpx2.AsyncClient, network: Network
) -> None:
    answers(network, HIT)
    only = await page(visitor, "?q=look")
    assert only.leads("More results") is only.leads("First page") is None
    answers(network, HIT, following="a+b")
    first = await page(visitor, "?q=look&type=meeting")
    assert first.leads("First page") is None
    assert parts(first.leads("More results")) == {"q": ["look"], "type": ["meeting"], "cursor": ["a+b"]}
    second = await page(visitor, "?q=look&type=meeting&cursor=a%2Bb")
    assert asked(network)["cursor"] == "a+b"
    assert parts(second.leads("First page")) == {"q": ["look"], "type": ["meeting"]}
    assert parts(second.leads("More results"))["cursor"] == ["a+b"]


@pytest.mark.parametrize("status", [400, 422])
async def test_a_refused_question_says_why_and_keeps_the_words(
    visitor: httpx2.AsyncClient, network: Network, status: int
) -> None:
    problem = {"code": "search-query-too-long", "detail": "The <query> is too long."}
    network.says("GET", SEARCH, problem, status)
    answer = await visitor.get("/en/search?q=many+words&type=meeting")
    found = seen(answer)
    assert answer.status_code == 422
    assert '<p class="error" role="alert">The &lt;query&gt; is too long.</p>' in answer.text
    assert 'value="many words"' in answer.text
    assert "Nothing found? This helps" in found.words
    assert "Remove the filter" not in found.words
    assert 'id="results"' not in answer.text


async def test_another_problem_is_a_page_of_its_own(visitor: httpx2.AsyncClient, network: Network) -> None:
    network.says("GET", SEARCH, {"code": "too-many-requests", "detail": "x"}, 429)
    answer = await visitor.get("/en/search?q=look")
    assert answer.status_code == 429
    assert "That was too often" in seen(answer).words


async def test_a_search_that_is_away_says_so(visitor: httpx2.AsyncClient, network: Network) -> None:
    network.says("GET", SEARCH, {"code": "search-unavailable", "detail": "x"}, 503)
    answer = await visitor.get("/en/search?q=look")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "A part of the site is away" in seen(answer).words


async def test_results_are_shown_without_names(visitor: httpx2.AsyncClient, network: Network) -> None:
    """Names come from the same service, which may be an older one that does not know the question."""
    network.says("GET", NAMES, {"code": "not-found", "detail": "x"}, 404)
    answers(network, HIT, partner={"new-land": 1, "austria": 2})
    assert "Partner new land 1 austria 2" in (await page(visitor)).words


async def test_every_facet_has_a_heading(visitor: httpx2.AsyncClient, network: Network) -> None:
    answers(network, HIT, **{facet: {"one": 1, "two": 2} for facet in FACETS})
    assert (await visitor.get("/en/search")).text.count('<h3 id="facet-') == len(FACETS)

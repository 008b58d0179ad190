"""A search over HTTP: what it takes, what a hit says, and pages that hold every hit once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from aep_search.app import build
from aep_search.index.names import index_name
from aep_search.index.port import IndexDocument, Text
from aep_search.index.tantivy.index import TantivyIndex
from tests.conftest import NewDatabase
from tests.search.index.support import doc
from tests.served import Served, served

BODY = "A kettle boils <in> the harbour."


def meeting(number: int) -> IndexDocument:
    """A meeting on the day with this number."""
    title = {"en": f"Kettle {number}"}
    stored = {"url": f"/meetings/kettle-{number}", "title": title, "date": "2026", "date_status": "planned"}
    days = {"starts": number, "ends": number, "rank_date": number}
    texts = {"en": Text(title["en"], BODY)}
    return doc(name=str(number), type="meeting", kind="seminar", texts=texts, stored=stored, **days)


@pytest.fixture
async def search(migrated: NewDatabase, new_database: NewDatabase, tmp_path: Path) -> AsyncIterator[Served]:
    index = TantivyIndex(tmp_path / "index")
    await index.open()
    name = index_name("aep", "test")
    await index.create(name)
    fish = doc("A kettle of fish.", kind="conclusions", stored=FISH)
    await index.write(name, [*(meeting(number) for number in range(1, 8)), fish])
    await index.refresh(name)
    await index.activate(name)
    await index.close()
    environ = {
        "AEP_SEARCH_DATABASE_URL": await migrated("search"),
        "AEP_EVENT_LOG_URL": await new_database("log"),
        "AEP_SEARCH_INDEX_URL": f"tantivy://{tmp_path}/index",
    }
    async with served(build, environ) as service:
        yield service


FISH = {"url": "/publications/fish/paragraphs/1", "ref": "1", "number": "1", "title": {"en": "Fish"}}


async def found(search: Served, **query: str) -> dict[str, Any]:
    answer = await search.call(None, "GET", "search", params=query)
    page: dict[str, Any] = answer.raise_for_status().json()
    return page


async def test_a_hit_says_what_it_is_where_it_is_and_what_matches(search: Served) -> None:
    (hit,) = (await found(search, q="kettle harbour", type="meeting", limit="1"))["items"]
    assert (hit["type"], hit["kind"], hit["date_status"], hit["ref"]) == ("meeting", "seminar", "planned", None)
    assert hit["url"].startswith("/meetings/kettle-")
    marked = [hit["snippet"]["text"][start:end] for start, end in hit["snippet"]["ranges"]]
    assert marked == ["kettle", "harbour"]
    assert "<in>" in hit["snippet"]["text"]
    (fish,) = (await found(search, q="fish"))["items"]
    assert (fish["type"], fish["ref"], fish["title"], fish["about"]) == ("paragraph", "1", {"en": "Fish"}, None)


async def test_pages_hold_every_hit_once_and_a_cursor_is_of_its_search(search: Served) -> None:
    query, urls = {"q": "kettle", "type": "meeting", "sort": "-date", "limit": "3"}, []
    while True:
        page = await found(search, **query)
        urls += [hit["url"] for hit in page["items"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert urls == [f"/meetings/kettle-{number}" for number in range(7, 0, -1)]
    assert page["total"] == {"value": 7, "relation": "exact"}
    other = await search.call(None, "GET", "search", params={**query, "q": "fish"})
    assert other.status_code == 400


async def test_days_include_both_ends_and_facets_count_what_else_there_is(search: Served) -> None:
    page = await found(search, q="kettle", type="meeting", **{"from": "1970-01-03", "to": "1970-01-05"}, sort="date")
    assert [hit["url"][-1] for hit in page["items"]] == ["2", "3", "4"]
    page = await found(search, q="kettle", type="meeting")
    assert {facet["value"]: facet["count"] for facet in page["facets"]["type"]} == {"meeting": 7, "paragraph": 1}


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"from": "2026", "to": "2025"}, 422),
        ({"from": "yesterday"}, 422),
        ({"limit": "101"}, 422),
        ({"sort": "colour"}, 422),
        ({"colour": "blue"}, 422),
        ({"q": "x" * 2001}, 422),
        ({"cursor": "nonsense"}, 400),
    ],
)
async def test_what_cannot_be_asked_is_refused_in_words(search: Served, query: dict[str, str], status: int) -> None:
    refused = await search.call(None, "GET", "search", params=query)
    assert refused.status_code == status, refused.text
    assert refused.json()["detail"]


async def test_only_an_operator_has_the_index_rebuilt(search: Served) -> None:
    for who, status in ((None, 401), ("officer", 403), ("operator", 202)):
        assert (await search.call(who, "POST", "rebuild")).status_code == status

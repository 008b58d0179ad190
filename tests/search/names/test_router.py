"""Names over HTTP: of all records of a type, of single ones by any slug, page by page, and only of what is public."""

from __future__ import annotations

from typing import Any

import pytest

from aep_search.names.schemas import MOST_REFS, RecordType
from aep_shared.contracts.topics import (
    FRAMEWORK_NODE,
    GLOSSARY_TERM,
    GROUP,
    INITIATIVE,
    MEETING,
    ORGANISATION,
    PARTNER,
    SERIES,
    UPDATE,
)
from tests.search.conftest import arrives, has_text
from tests.served import Served
from tests.shared.statements import counted

LAKE = {"slug": "lakeland", "former_slugs": ["pondland"], "kind": "country", "name": {"en": "Lakeland", "fr": "Lac"}}
TITLED = {"title": {"en": "Called"}, "kind": "edition"}
RECORDS: list[tuple[Any, str, dict[str, Any]]] = [
    (PARTNER, "lake", LAKE),
    (PARTNER, "shore", {"slug": "shore", "kind": "community", "name": {"en": "Shore"}, "parent": "lakeland"}),
    (ORGANISATION, "school", {"slug": "school", "kind": "stakeholder", "name": {"en": "School"}}),
    (GROUP, "swg", {"slug": "swg", "kind": "working-group", "name": {"en": "Group"}}),
    (FRAMEWORK_NODE, "so1", {"slug": "so1", **TITLED, "kind": "objective"}),
    (GLOSSARY_TERM, "aep", {"slug": "aep", "acronym": "AEP", "term": {"en": "Process"}}),
    (INITIATIVE, "lab", {"slug": "lab", **TITLED, "status": "running"}),
    (MEETING, "som", {"slug": "som", **TITLED, "kind": "som", "date_status": "planned"}),
    (SERIES, "isom", {"slug": "isom", **TITLED, "kind": "senior-officials"}),
]


@pytest.fixture
async def known(api: Served) -> Served:
    for topic, name, state in RECORDS:
        await arrives(api.platform.database, topic, name, state)
    await has_text(api.platform.database, "conclusions")
    return api


async def page(api: Served, **query: Any) -> dict[str, Any]:
    answer = await api.call(None, "GET", "names", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def slugs(api: Served, **query: Any) -> list[str]:
    return [f"{item['type']}:{item['slug']}" for item in (await page(api, **query))["items"]]


async def test_a_record_says_what_it_is_called_and_what_it_was_called_before(known: Served) -> None:
    lakeland, shore = (await page(known, type="partner"))["items"]
    assert lakeland == {
        "type": "partner",
        "slug": "lakeland",
        "former_slugs": ["pondland"],
        "name": {"en": "Lakeland", "fr": "Lac"},
        "kind": "country",
        "parent": None,
    }
    assert (shore["parent"], shore["former_slugs"]) == ("lakeland", [])


async def test_every_type_has_names_in_the_order_of_type_and_slug(known: Served) -> None:
    found = (await page(known, type=",".join(RecordType)))["items"]
    assert {item["type"] for item in found} == set(RecordType)
    assert [(item["type"], item["slug"]) for item in found] == sorted((item["type"], item["slug"]) for item in found)
    assert {item["type"]: item["name"]["en"] for item in found if item["type"] in ("glossary", "publication")} == {
        "glossary": "Process",
        "publication": "Conclusions",
    }
    assert next(item["kind"] for item in found if item["type"] == "glossary") is None


async def test_single_records_are_found_by_any_slug_each_once(known: Served) -> None:
    refs = ["partner:pondland", "partner:lakeland", "publication:conclusions", "meeting:lakeland", "partner:nowhere"]
    assert await slugs(known, ref=refs) == ["partner:lakeland", "publication:conclusions"]
    assert await slugs(known, ref="partner:pondland") == ["partner:lakeland"]
    assert await slugs(known, ref="partner:lakeland", type="partner") == ["partner:lakeland", "partner:shore"]
    assert await slugs(known, ref="partner:lakeland", type="series") == ["partner:lakeland", "series:isom"]


async def test_what_was_removed_or_is_no_record_has_no_name(known: Served) -> None:
    database = known.platform.database
    await arrives(database, PARTNER, "lake", None)
    await has_text(database, "withdrawn", withdrawn=True)
    about = {"type": "partner", "slug": "lakeland"}
    words = {"kind": "news", "title": {"en": "News"}, "text": {"en": "."}, "approved_at": "2026-01-01T00:00:00Z"}
    await arrives(database, UPDATE, "news", {"about": about, **words})
    refs = ["partner:pondland", "partner:lakeland", "publication:withdrawn", "publication:conclusions"]
    assert await slugs(known, ref=refs) == ["publication:conclusions"]
    everything = await slugs(known, type=",".join(RecordType))
    assert len(everything) == len(RECORDS)
    assert not {"partner:lakeland", "publication:withdrawn"} & set(everything)


async def test_pages_hold_every_name_once(known: Served) -> None:
    types, found, cursor = "partner,group,publication", [], ""
    while True:
        answer = await page(known, type=types, limit=1, **({"cursor": cursor} if cursor else {}))
        found += [item["slug"] for item in answer["items"]]
        cursor = answer["next"]
        if cursor is None:
            break
    assert found == ["swg", "lakeland", "shore", "conclusions"]


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"type": ""},
        {"type": "update"},
        {"type": "partner,nothing"},
        {"ref": "nothing:lakeland"},
        {"ref": "lakeland"},
        {"ref": [f"partner:p{number}" for number in range(MOST_REFS + 1)]},
        {"type": "partner", "limit": 0},
        {"type": "partner", "limit": 1001},
        {"type": "partner", "cursor": "nothing:lakeland"},
        {"type": "partner", "kind": "country"},
    ],
    ids=str,
)
async def test_what_cannot_be_asked_is_refused(api: Served, query: dict[str, Any]) -> None:
    answer = await api.call(None, "GET", "names", params=query)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-input")


async def test_any_number_of_names_takes_one_statement(known: Served) -> None:
    for query in ({"type": ",".join(RecordType)}, {"ref": ["partner:pondland", "group:swg"], "type": "publication"}):
        with counted(known.platform.database) as statements:
            await page(known, **query)
        assert len([one for one in statements if "replicas" in one]) == 1

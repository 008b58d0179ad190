"""What every search index answers: pages, orders, filters, facets and what a hit carries."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from aep_search.index.cursor import encode
from aep_search.index.errors import (
    CursorInvalid,
    RequestInvalid,
)
from aep_search.index.port import FacetCount, IndexDocument, SearchIndex, SearchRequest, Text, Total
from aep_search.index.query import parse
from tests.search.index.support import LANGUAGES, Prepared, asked, counts, doc


async def test_pages_reach_every_hit_once(index: Prepared) -> None:
    made = [doc("same words", name=str(number), rank_date=number % 4 or None) for number in range(57)]
    await index.add(*made, doc("other"))

    for sort in ("relevance", "date", "-date"):
        pages = await index.pages(asked("words", sort=sort, limit=10))
        ids = [hit.id for page in pages for hit in page.hits]

        assert sorted(ids) == sorted(one.id for one in made), sort
        assert {page.total for page in pages} == {Total(57)}
        assert [len(page.hits) for page in pages] == [10, 10, 10, 10, 10, 7]


async def test_last_full_page_has_no_next(index: Prepared) -> None:
    await index.add(*("words" for _ in range(10)))

    for sort in ("relevance", "date", "-date"):
        assert len(await index.pages(asked("words", sort=sort, limit=5))) == 2


async def test_pages_by_date_stay_right_while_documents_arrive(index: Prepared) -> None:
    made = [doc("words", name=str(number), rank_date=number) for number in range(20)]
    await index.add(*made)

    first = await index.port.search(asked("words", sort="-date", limit=10))
    await index.add(doc("words", name="newest", rank_date=99), replace(made[3], version=2))
    second = await index.port.search(asked("words", sort="-date", limit=10, cursor=first.next))

    assert [hit.id for page in (first, second) for hit in page.hits] == [one.id for one in reversed(made)]


async def test_order_by_date_puts_undated_last(index: Prepared) -> None:
    days = {"old": -400, "new": 20_000, "undated": None}
    await index.add(*(doc(name, rank_date=day) for name, day in days.items()))

    by_date = {sort: await index.port.search(SearchRequest(sort=sort)) for sort in ("date", "-date", "relevance")}
    orders = {sort: [hit.texts["en"].body for hit in found.hits] for sort, found in by_date.items()}

    assert orders["date"] == ["old", "new", "undated"]
    assert orders["-date"] == ["new", "old", "undated"]
    assert orders["relevance"] == orders["-date"]
    assert {hit.score for hit in by_date["relevance"].hits} == {None}


async def test_cursor_of_another_search_is_refused(index: Prepared) -> None:
    await index.add(*("words" for _ in range(5)))
    cursor = (await index.port.search(asked("words", limit=2))).next
    assert cursor is not None

    for request in (asked("word other", cursor=cursor), asked("words", sort="date", cursor=cursor)):
        with pytest.raises(CursorInvalid):
            await index.port.search(request)
    for broken in ("", "x", "é", "W10", "eyJhIjoxfQ", cursor + "A", cursor[:-4], "bnVsbA"):
        with pytest.raises(CursorInvalid):
            await index.port.search(asked("words", cursor=broken))
    assert (await index.port.search(asked("words", limit=3, cursor=cursor))).hits


async def test_made_up_position_is_refused_or_harmless(index: Prepared) -> None:
    await index.add(*("words" for _ in range(5)))
    numbers: list[int | float] = [
        -1,
        0,
        3,
        10**6,
        2**63 - 1,
        -(2**63),
        2**80,
        1.5,
        float("nan"),
        float("inf"),
    ]
    for sort in ("relevance", "date", "-date"):
        request = asked("words", sort=sort, limit=2)
        for position in ([one] * length for one in numbers for length in (0, 1, 2, 3, 4)):
            try:
                result = await index.port.search(replace(request, cursor=encode(request, position)))
            except CursorInvalid:
                continue
            assert result.total == Total(5)


async def test_impossible_request_is_refused(index: Prepared) -> None:
    limits: list[dict[str, object]] = [
        {"limit": 101},
        {"limit": -1},
        {"sort": "title"},
        {"facets": ("source",)},
    ]
    filters: list[dict[str, object]] = [
        {"types": ("\ud800",)},
        {"partner": "x" * 1000},
        {"kinds": tuple(map(str, range(101)))},
        {"date_from": 2**70},
    ]
    for wrong in (*limits, *filters):
        with pytest.raises(RequestInvalid):
            await index.port.search(asked("", **wrong))


async def test_no_hits_wanted_still_counts(index: Prepared) -> None:
    await index.add("one", "one two")

    result = await index.port.search(asked("one", limit=0, facets=("type",)))

    assert (result.total, result.hits, result.next) == (Total(2), (), None)
    assert result.facets == {"type": (FacetCount("paragraph", 2),)}


def register() -> list[IndexDocument]:
    return [
        doc("one", type="initiative", kind="pilot", objectives=("SO1", "SO2"), partners=("fr", "th")),
        doc("two", type="initiative", kind="network", objectives=("SO1",), partners=("fr",), language="fr"),
        doc("three", type="meeting", kind="som", partners=("th",)),
        doc("four", publication="chairs-conclusions"),
    ]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"types": ("initiative",)}, ["one", "two"]),
        ({"types": ("initiative", "meeting")}, ["one", "three", "two"]),
        ({"types": ("initiative",), "kinds": ("pilot",)}, ["one"]),
        ({"languages": ("fr",)}, ["two"]),
        ({"publication": "chairs-conclusions"}, ["four"]),
        ({"objective": "SO2"}, ["one"]),
        ({"partner": "th"}, ["one", "three"]),
        ({"partner": "th", "objective": "SO1"}, ["one"]),
        ({"partner": "TH"}, []),
        ({"types": ("nothing",)}, []),
    ],
    ids=str,
)
async def test_filters(index: Prepared, filters: dict[str, object], found: list[str]) -> None:
    await index.add(*register())

    assert await index.find("", **filters) == found


async def test_facets_count_without_their_own_filter(index: Prepared) -> None:
    await index.add(*register())

    result = await index.port.search(SearchRequest(types=("initiative",), partner="th"))

    assert result.total == Total(1)
    assert counts(result) == {
        "type": {"initiative": 1, "meeting": 1},
        "kind": {"pilot": 1},
        "language": {"en": 1},
        "publication": {},
        "objective": {"SO1": 1, "SO2": 1},
        "partner": {"fr": 2, "th": 1},
    }
    assert result.facets["partner"] == (FacetCount("fr", 2), FacetCount("th", 1))


async def test_dates_match_intervals_that_share_a_day(index: Prepared) -> None:
    spans = {"before": (0, 9), "touches": (5, 10), "within": (12, 13), "around": (0, 99), "after": (21, 30)}
    spans |= {"since": (15, None), "until": (None, 10), "never": (None, None)}  # type: ignore[dict-item]
    await index.add(*(doc(name, starts=starts, ends=ends) for name, (starts, ends) in spans.items()))

    both = ["around", "since", "touches", "until", "within"]
    assert await index.find("", date_from=10, date_to=20) == both
    assert await index.find("", date_from=10) == sorted([*both, "after"])
    assert await index.find("", date_to=10) == ["around", "before", "touches", "until"]
    assert await index.find("", date_from=1000) == ["since"]


async def test_hit_carries_what_was_stored(index: Prepared) -> None:
    stored = {"url": "/a", "list": [1, {"x": None}], "é": "“”"}
    texts = {"en": Text("Learning", "Adults learn for life."), "fr": Text("Apprendre", "La vie durant.")}
    await index.add(doc(texts=texts, kind="report", stored=stored))

    (hit,) = (await index.port.search(asked("learns", prefer=("fr",)))).hits

    assert (hit.type, hit.kind, hit.language) == ("paragraph", "report", "en")
    assert hit.stored == stored
    assert hit.texts == texts
    assert hit.title.ranges == ((0, 8),)
    assert [hit.snippet.text[start:end] for start, end in hit.snippet.ranges] == ["learn"]
    (browsed,) = (await index.port.search(SearchRequest(prefer=("fr",)))).hits
    assert browsed.language == "fr"
    assert browsed.snippet.text == "La vie durant."


async def test_language_of_a_regional_tag_is_stemmed(index: Prepared) -> None:
    await index.add(doc("universidades", language="es-MX"))

    assert await index.find("universidad") == ["universidades"]


async def test_searches_at_once_with_writes(index: Prepared) -> None:
    port: SearchIndex = index.port
    await index.add(*("words" for _ in range(50)))

    async def read() -> int:
        return (await port.search(SearchRequest(parse("words", LANGUAGES)))).total.value

    totals = await asyncio.gather(*(read() for _ in range(20)), index.add(*(f"new {i}" for i in range(100))))

    assert set(totals[:-1]) == {50}

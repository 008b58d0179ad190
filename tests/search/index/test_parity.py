"""Both engines find the same documents and count the same, and both find what the query's rule says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings

from aep_search.index.port import FACETS, SearchRequest, SearchResult
from aep_search.index.query import parse
from aep_search.index.text.synonyms import Synonyms
from tests.search.index.cases import CASES
from tests.search.index.generated import FILTERS, QUERIES, documents, matching
from tests.search.index.support import GLOSSARY, Prepared, asked, counts

LANGUAGES = ("en", "fr", "de", "th", "zh")
SYNONYMS = Synonyms(GLOSSARY, LANGUAGES)
MADE = documents(400, seed=8)
EXAMPLES = settings(
    max_examples=60,
    deadline=None,
    # The index is only read by the examples, so one for all of them is right.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def request(text: str, **fields: Any) -> SearchRequest:
    return SearchRequest(parse(text, LANGUAGES, SYNONYMS), limit=100, **fields)


@pytest.fixture
async def filled(index: Prepared) -> Prepared:
    await index.add(*MADE)
    return index


@pytest.fixture
async def pair(both: tuple[Prepared, Prepared]) -> tuple[Prepared, Prepared]:
    for one in both:
        await one.add(*MADE)
    return both


@EXAMPLES
@given(text=QUERIES)
@example(text='LLL -"l’éducation de"')
@example(text="learning lifelong adult education universities")
async def test_engine_finds_what_the_rule_says(filled: Prepared, text: str) -> None:
    asked_for = request(text, facets=(), sort="date")

    assert set(await filled.ids(asked_for)) == matching(asked_for.query, MADE)


@EXAMPLES
@given(text=QUERIES, filters=FILTERS)
@example(text="education", filters={"types": ("paragraph",), "partner": "fr", "objective": "SO2"})
async def test_engines_agree(pair: tuple[Prepared, Prepared], text: str, filters: dict[str, Any]) -> None:
    for sort in ("relevance", "date"):
        asked_for = request(text, sort=sort, **filters)
        first, second = [await one.port.search(asked_for) for one in pair]
        ids = [await one.ids(replace(asked_for, facets=())) for one in pair]

        assert _answer(first) == _answer(second)
        assert set(ids[0]) == set(ids[1])
        assert len(ids[0]) == len(set(ids[0])) == first.total.value
        if sort == "date":
            assert ids[0] == ids[1]


async def test_engines_agree_on_every_named_case(pair: tuple[Prepared, Prepared]) -> None:
    for rule, texts, query, _ in CASES:
        for text in (query, *texts):
            if len(text) <= 400:
                first, second = [await one.port.search(request(text)) for one in pair]
                assert _answer(first) == _answer(second), rule


async def test_both_dumps_are_equal(pair: tuple[Prepared, Prepared]) -> None:
    first, second = [[found async for found in one.port.dump(one.name)] for one in pair]

    assert first == second
    assert {found.hidden for found in first} == {True, False}


async def test_nothing_of_a_hidden_document_is_counted(filled: Prepared) -> None:
    shown = [one for one in MADE if not one.hidden]
    result = await filled.port.search(SearchRequest(limit=0))

    assert result.total.value == len(shown) < len(MADE)
    assert sum(counts(result)["type"].values()) == len(shown)
    assert await filled.port.count(filled.name) == len(shown)


def _answer(result: SearchResult) -> tuple[Any, ...]:
    return result.total, {facet: result.facets[facet] for facet in FACETS}


async def test_generated_queries_do_find_something(filled: Prepared) -> None:
    """Guards the tests above: sets that are always empty would always agree."""
    for text in ("education", '"lifelong learning"', "LLL", "univ*", "教育", "การศึกษา", "-learning"):
        assert 0 < (await filled.port.search(asked(text))).total.value < len(MADE)

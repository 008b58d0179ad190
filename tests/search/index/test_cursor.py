"""What is refused before an engine is asked, and which numbers a cursor may bring back."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aep_search.index.cursor import checked, decode, encode, order
from aep_search.index.errors import CursorInvalid, RequestInvalid
from aep_search.index.port import FACETS, MOST_HITS, SearchRequest
from aep_search.index.prepare import LAST_DAY
from aep_search.index.query import parse

WORDS = parse("adult learning", ("en",))
BY_DATE = SearchRequest(sort="date")
BY_RELEVANCE = SearchRequest(query=WORDS)


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(SearchRequest(limit=-1), id="a negative page"),
        pytest.param(SearchRequest(limit=MOST_HITS + 1), id="too large a page"),
        pytest.param(SearchRequest(sort="title"), id="an unknown order"),  # type: ignore[arg-type]
        pytest.param(SearchRequest(facets=("colour",)), id="an unknown facet"),
        pytest.param(SearchRequest(types=("",)), id="an empty value"),
        pytest.param(SearchRequest(kinds=("a\nb",)), id="a value with a line break"),
        pytest.param(SearchRequest(languages=("en",) * 101), id="too many values"),
        pytest.param(SearchRequest(date_from=-LAST_DAY - 1), id="too early a day"),
        pytest.param(SearchRequest(date_to=LAST_DAY + 1), id="too late a day"),
    ],
)
def test_what_no_engine_could_answer_is_refused(request_: SearchRequest) -> None:
    with pytest.raises(RequestInvalid):
        checked(request_)


def test_the_limits_themselves_are_allowed() -> None:
    for limit in (0, MOST_HITS):
        request = SearchRequest(
            limit=limit, languages=("en",) * 100, facets=FACETS, date_from=-LAST_DAY, date_to=LAST_DAY
        )
        assert checked(request) == replace(request, sort="-date")


def test_without_words_the_newest_come_first() -> None:
    assert order(SearchRequest()) == "-date"
    assert order(SearchRequest(query=WORDS)) == "relevance"
    assert order(SearchRequest(query=WORDS, sort="date")) == order(SearchRequest(sort="date")) == "date"


@given(st.lists(st.integers(-(2**63) + 2, 2**63 - 2), min_size=1, max_size=4))
def test_a_cursor_brings_back_its_position(position: list[int | float]) -> None:
    cursor = encode(BY_DATE, position)
    assert decode(replace(BY_DATE, cursor=cursor), len(position)) == position


def test_there_is_no_position_before_the_first_page() -> None:
    assert decode(BY_DATE, 2) is None


def test_a_cursor_is_good_for_another_size_of_page_and_other_facets() -> None:
    cursor = encode(BY_DATE, [1, 2])
    assert decode(replace(BY_DATE, cursor=cursor, limit=3, facets=(), prefer=("fr",)), 2) == [1, 2]


@pytest.mark.parametrize(
    "other",
    [
        {"sort": "-date"},
        {"query": WORDS},
        {"types": ("partner",)},
        {"kinds": ("som",)},
        {"languages": ("fr",)},
        {"publication": "a"},
        {"objective": "a"},
        {"partner": "a"},
        {"date_from": 1},
        {"date_to": 1},
    ],
    ids=lambda other: next(iter(other)),
)
def test_a_cursor_of_other_hits_is_refused(other: dict[str, object]) -> None:
    request = replace(BY_DATE, cursor=encode(BY_DATE, [1, 2]), **other)  # type: ignore[arg-type]
    with pytest.raises(CursorInvalid):
        decode(request, 2)


def test_a_cursor_of_another_length_is_refused() -> None:
    with pytest.raises(CursorInvalid):
        decode(replace(BY_DATE, cursor=encode(BY_DATE, [1, 2, 3])), 2)


def _made_up(request: SearchRequest, position: list[object]) -> SearchRequest:
    """A cursor with the right name of the search, as somebody can make one up who has seen another."""
    genuine = encode(request, [1])
    identity = json.loads(base64.urlsafe_b64decode(genuine + "=" * (-len(genuine) % 4)))[0]
    text = json.dumps([identity, *position]).encode()
    return replace(request, cursor=base64.urlsafe_b64encode(text).decode().rstrip("="))


@pytest.mark.parametrize(
    "position",
    [
        [1.5, 1.0, 2],
        [1, 1.0, 2.5],
        [True, 1.0, 2],
        [1, "x", 2],
        [1, None, 2],
        [1, [1], 2],
        [1, float("nan"), 2],
        [1, float("inf"), 2],
        [2**63, 1.0, 2],
        [1, 1.0, -(2**63)],
        [-1, 1.0, 2],
    ],
    ids=repr,
)
def test_a_made_up_position_never_reaches_an_engine(position: list[object]) -> None:
    with pytest.raises(CursorInvalid):
        decode(_made_up(BY_RELEVANCE, position), 3)


def test_a_score_may_be_a_fraction_and_a_day_before_1970_negative() -> None:
    assert decode(_made_up(BY_RELEVANCE, [0, 1.5, 2]), 3) == [0, 1.5, 2]
    assert decode(_made_up(BY_DATE, [-5, 2]), 2) == [-5, 2]

"""Highlights and snippets: which places are marked, and that the ranges fit the text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aep_search.index.port import Highlighted, Text
from aep_search.index.query import Query
from aep_search.index.text.highlight import SNIPPET, highlight, show, snippet
from tests.search.index.generated import ALL_WORDS, QUERIES
from tests.search.index.support import asked


def query(text: str) -> Query:
    return asked(text).query


def marked(found: Highlighted) -> list[str]:
    return [found.text[start:end] for start, end in found.ranges]


@pytest.mark.parametrize(
    ("typed", "text", "parts"),
    [
        ("learn", "Learning is what one learns.", ["Learning", "learns"]),
        ("éducation", "😀 de l’ÉDUCATION, education", ["ÉDUCATION", "education"]),
        ('"lifelong learning"', "lifelong, learning; learning", ["lifelong, learning"]),
        ("LLL", "Lifelong learning (LLL), learning", ["Lifelong learning", "LLL"]),
        ("lifelong learning", "learning and LLL", ["learning", "LLL"]),
        ("educ*", "Educators educate", ["Educators", "educate"]),
        ("e-learning", "e-learning, learning", ["e-learning"]),
        ("the learning of it", "the learning of it", ["learning"]),
        ("learning -war", "learning war", ["learning"]),
        ("AIDS", "AIDS and aid", ["AIDS"]),
        ("finance", "ﬁnance cafe\u0301", ["ﬁnance"]),
        ("教育", "亚欧教育合作", ["教育"]),
        ("", "learning", []),
        ("😀", "😀", []),
        ("<b>", "<b>bold</b> & b", ["b", "b", "b"]),
    ],
)
def test_marks(typed: str, text: str, parts: list[str]) -> None:
    found = highlight(query(typed), text, "en")

    assert found.text == text
    assert marked(found) == parts


def test_snippet_shows_where_most_of_the_query_is() -> None:
    filler = "Nothing of interest stands here, though education is named. " * 10
    text = f"{filler}The recognition of qualifications of refugees is agreed. {filler}"

    found = snippet(query("recognition qualifications refugees education"), text, "en")

    assert {"recognition", "qualifications", "refugees"} <= set(marked(found))
    assert found.text[0] == found.text[-1] == "…"
    assert len(found.text) <= SNIPPET + 2
    assert found.text.strip("…") in text
    # Cut between words.
    assert f" {found.text.strip('…')}" in text


def test_short_text_is_shown_whole() -> None:
    assert snippet(query("x"), "short", "en") == Highlighted("short")
    assert snippet(query("x"), "", "en") == Highlighted("")


def test_snippet_without_a_match_is_the_beginning() -> None:
    text = "word " * 200

    found = snippet(query("other"), text, "en")

    assert text.startswith(found.text.removesuffix("…"))
    assert found.ranges == ()


def test_language_with_most_matches_is_shown() -> None:
    texts = {"en": Text("Adult learning", "learning"), "fr": Text("Éducation", "adult"), "de": Text("x", "y")}

    assert show(query("adult learning"), texts, ("fr",)).language == "en"
    assert show(query("adult"), texts, ("fr", "en")).language == "fr"
    assert show(query("adult"), texts, ()).language == "en"
    assert show(query(""), texts, ("de", "en")).language == "de"
    assert show(query("adult"), {}, ("de",)).language is None


@given(
    QUERIES,
    st.lists(st.sampled_from([*ALL_WORDS, "…", "😀", "cafe\u0301", "\n"]), max_size=120).map(" ".join),
)
def test_ranges_fit_the_text(typed: str, text: str) -> None:
    for found in (highlight(query(typed), text, "en"), snippet(query(typed), text, "en")):
        end = 0
        for start, stop in found.ranges:
            assert end <= start < stop <= len(found.text)
            end = stop
    assert found.text.strip("…") in text


def test_hostile_text_of_many_matches_is_cut() -> None:
    found = snippet(query("a*"), "a " * 100_000, "en")

    assert len(found.text) <= SNIPPET + 2
    assert found.ranges

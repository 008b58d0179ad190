"""What all kinds of documents are made with."""

from __future__ import annotations

import pytest

from aep_search.index.port import Text
from aep_search.indexing.kinds.fields import Days, days, texts


def test_there_is_a_text_for_each_language_of_a_title_or_a_body() -> None:
    assert texts({"en": "Title"}, {"fr": "Corps"}, None, {"en": "Body"}, everywhere=["A", "B"]) == {
        "en": Text("Title", "Body\n\nA\nB"),
        "fr": Text("", "Corps\n\nA\nB"),
    }


def test_what_is_empty_leaves_no_blank_paragraph() -> None:
    assert texts({"en": "Title"}, {"en": ""}, {"en": "Body"}) == {"en": Text("Title", "Body")}
    assert texts({}, everywhere=["A"]) == {}


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        (None, Days()),
        ("", Days()),
        ("1970-01-02", Days(1, 1, 1)),
        ("1970", Days(0, 364, 0)),
        ("1970-01-02/..", Days(1, None, 1)),
        ("../1970-01-02", Days(None, 1, 1)),
        ("1970-01-01/1970-01-03", Days(0, 2, 0)),
    ],
)
def test_a_document_is_ranked_by_its_first_day_or_else_its_last(date: str | None, expected: Days) -> None:
    assert days(date) == expected

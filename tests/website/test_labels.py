"""Words of open vocabularies: known ones in the reader's language, others as they are."""

from __future__ import annotations

import pytest

from aep_website.labels import label, membership


@pytest.mark.parametrize(
    ("state", "words"),
    [("left", "HAS LEFT"), ("interest-expressed", "HAS EXPRESSED INTEREST"), ("observer-of-old", "observer of old")],
)
def test_how_a_body_stands_to_a_group(state: str, words: str) -> None:
    assert membership(state, str.upper) == words


@pytest.mark.parametrize(("word", "words"), [("left", "LEFT AS IT IS"), ("not-yet-known", "not yet known"), (None, "")])
def test_a_word_is_shown_in_the_language_or_as_it_is(word: str | None, words: str) -> None:
    assert label(word, str.upper) == words

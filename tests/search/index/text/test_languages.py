"""Tags of languages, their stemmers and their function words."""

from __future__ import annotations

import pytest

from aep_search.index.text.languages import is_stop_word, primary, stemmer_of


@pytest.mark.parametrize(
    ("tag", "language"), [("pt-BR", "pt"), ("pt_BR", "pt"), ("EN", "en"), ("zh-Hant-TW", "zh"), ("", "")]
)
def test_primary_language_of_a_tag(tag: str, language: str) -> None:
    assert primary(tag) == language


def test_a_region_is_stemmed_like_its_language_and_an_unlisted_language_not_at_all() -> None:
    assert stemmer_of("de-AT") == "german"
    assert stemmer_of("th") is None


def test_a_function_word_is_one_in_its_own_language_only() -> None:
    assert is_stop_word("the", ["fr", "en-GB"])
    assert not is_stop_word("the", ["fr", "th"])
    assert not is_stop_word("the", [])


def test_function_words_are_folded_like_the_words_that_they_are_compared_with() -> None:
    assert is_stop_word("uber", ["de"])
    assert not is_stop_word("über", ["de"])

"""Language maps: a title is one line in at least one language, a text has no sign that is none."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from aep_shared.language import LanguageMap, LanguageTag, LongTexts, Title, in_language

TITLE, MAP, LONG, TAG = (TypeAdapter(kind) for kind in (Title, LanguageMap, LongTexts, LanguageTag))


@pytest.mark.parametrize("texts", [{}, {"en": " "}, {"en": "a\nb"}, {"en": "a\u2028"}, {"en": "x" * 1001}])
def test_what_is_no_title_is_refused(texts: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        TITLE.validate_python(texts)


@pytest.mark.parametrize("texts", [{"en": "a\x01"}, {"en": "\uffff"}, {"en": "x" * 20_001}, {"en": ""}, {"x" * 9: "a"}])
def test_what_is_no_text_is_refused(texts: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        MAP.validate_python(texts)


def test_texts_have_lines_and_may_be_none() -> None:
    assert MAP.validate_python({"en": "a\r\n\r\nb"}) == {"en": "a\n\nb"}
    assert MAP.validate_python({}) == {}
    assert LONG.validate_python({"en": "x" * 50_000}) == {"en": "x" * 50_000}


def test_a_refusal_does_not_repeat_what_is_long() -> None:
    with pytest.raises(ValidationError) as refused:
        TAG.validate_python("x" * 100_000)
    assert len(refused.value.errors()[0]["msg"]) < 200


TEXTS = {"fr": "Labo", "en": "Lab", "zh-Hant": "實驗室", "pt": "Laboratório"}


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("fr", ("Labo", "fr")),
        ("fr-CA", ("Labo", "fr")),
        ("zh-Hant", ("實驗室", "zh-Hant")),
        # A region or script that is missing is not looked for in another one.
        ("zh", ("Lab", "en")),
        ("zh-Hans", ("Lab", "en")),
        ("pt-BR", ("Laboratório", "pt")),
        ("ja", ("Lab", "en")),
        ("en", ("Lab", "en")),
    ],
)
def test_a_text_is_shown_in_the_nearest_language_and_says_which(language: str, shown: tuple[str, str]) -> None:
    assert in_language(TEXTS, language) == shown


@pytest.mark.parametrize(
    ("texts", "shown"),
    [
        ({}, ("", "ja")),
        ({"ko": "연구소", "fr": "Labo"}, ("Labo", "fr")),
        ({"fr": "Labo", "ko": "연구소"}, ("Labo", "fr")),
        ({"en-GB": "Lab"}, ("Lab", "en-GB")),
    ],
)
def test_without_english_the_first_language_there_is(texts: dict[str, str], shown: tuple[str, str]) -> None:
    assert in_language(texts, "ja") == shown


def test_another_language_may_stand_in() -> None:
    assert in_language(TEXTS, "ja", fallback="fr") == ("Labo", "fr")


@pytest.mark.parametrize("tag", ["en", "fr", "zh-Hant", "zh-Hant-TW", "es-419", "pt-BR", "yue", "fil"])
def test_a_tag_of_a_language_is_taken(tag: str) -> None:
    assert TAG.validate_python(tag) == tag


@pytest.mark.parametrize(
    "tag",
    ["", "e", "EN", "en-us", "en_US", "xx", "zzz", "english", "en-", "zh-hant", "en-Latn-US-x", "en-US-Latn", "e\n"],
)
def test_what_names_no_language_is_refused(tag: str) -> None:
    with pytest.raises(ValidationError):
        TAG.validate_python(tag)

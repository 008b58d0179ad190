"""Language maps: a title is one line in at least one language, a text has no sign that is none."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from aep_shared.language import LanguageMap, LanguageTag, LongTexts, Title

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

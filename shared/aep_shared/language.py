"""Language maps: every human text is a map from a BCP 47 tag to the text in that language."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Annotated

from babel import Locale
from pydantic import AfterValidator, Field

from aep_shared.text import Line, LongText, Text

_TAG = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?")

_LONGEST_TAG = 12


@lru_cache(maxsize=1)
def _known_languages() -> frozenset[str]:
    return frozenset(Locale("en").languages)


@lru_cache(maxsize=1000)
def valid_tag(tag: str) -> bool:
    """Whether `tag` is a well-formed BCP 47 tag in canonical case whose language CLDR knows."""
    return bool(_TAG.fullmatch(tag)) and tag.split("-")[0] in _known_languages()


def _check_tag(tag: str) -> str:
    if len(tag) > _LONGEST_TAG or not valid_tag(tag):
        raise ValueError(f"'{tag[:_LONGEST_TAG]}' is not a known language tag (BCP 47, such as 'en' or 'zh-Hant')")
    return tag


def _check_texts(texts: dict[str, str]) -> dict[str, str]:
    for tag, text in texts.items():
        if not text.strip():
            raise ValueError(f"the text for '{tag}' is empty; leave the language out instead")
    return texts


def _check_title(texts: dict[str, str]) -> dict[str, str]:
    if not texts:
        raise ValueError("it has no text in any language")
    return texts


_TAGS = Field(json_schema_extra={"propertyNames": {"pattern": f"^{_TAG.pattern}$"}})

LanguageTag = Annotated[str, AfterValidator(_check_tag)]
AskedLanguage = Annotated[LanguageTag, Field(max_length=_LONGEST_TAG)]
"""A language in the query of an address."""
LanguageMap = Annotated[dict[LanguageTag, Text], AfterValidator(_check_texts), _TAGS]
"""A text in any number of languages."""
LongTexts = Annotated[dict[LanguageTag, LongText], AfterValidator(_check_texts), _TAGS]
"""The same for a passage of a publication, which is as long as it is."""
Title = Annotated[dict[LanguageTag, Line], AfterValidator(_check_texts), AfterValidator(_check_title), _TAGS]
"""One line in at least one language: what something is called."""


def in_language(texts: dict[str, str], language: str, fallback: str = "en") -> tuple[str, str]:
    """The text and the tag it was taken from: `language`, else `fallback`, else the first there is.

    The tag tells the caller that a fallback happened, so that a page can say so.
    """
    for tag in (language, language.split("-")[0], fallback):
        if tag in texts:
            return texts[tag], tag
    return next(((text, tag) for tag, text in sorted(texts.items())), ("", language))

"""The one text analysis of both engines, of queries and of highlights.

A text becomes a sequence of tokens at positions 0, 1, 2, ..., each in two forms: `exact` (folded) and
`stem` (stemmed, then folded; acronyms in capitals and never stemmed). Both forms of a token share its
position, so a phrase means the same in either field.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import Stemmer
from icu4py import icu_version
from icu4py.breakers import CharacterBreaker, WordBreaker

from aep_search.index.text.languages import STEMMERS, STOP_WORDS, stemmer_of
from aep_search.index.text.words import Word, words

RULES = 1
"""Raised by hand with every change of the rules in this module or in `words`."""

# A locale of its own would only tailor a colon or two; dictionaries are chosen by script.
_LOCALE = "root"
_LONGEST_REMEMBERED = 100
# Underscores join words, control characters join lines, and lone surrogates are no text at all. A blank
# in their place keeps every range where it was.
_SEPARATING = re.compile("[_\x00-\x1f\x7f-\x9f\ud800-\udfff]")


class Token(NamedTuple):
    """A word of a text: its range in code points of the text as it was given, and its two forms."""

    start: int
    end: int
    exact: str
    stem: str


def analyse(text: str, language: str) -> list[Token]:
    """The tokens of a text; a token's index is its position. Never fails, whatever the text holds."""
    normal, ranges = _normalised(_SEPARATING.sub(" ", text))
    algorithm, acronyms = stemmer_of(language), not is_shouted(normal)
    tokens: list[Token] = []
    offset = 0
    for segment in WordBreaker(normal, _LOCALE):
        if segment != " ":
            for start, end, exact, stem in _words(segment)(segment, algorithm, acronyms):
                tokens.append(Token(offset + start, offset + end, exact, stem))
        offset += len(segment)
    return tokens if ranges is None else [_in_original(token, ranges) for token in tokens]


def streams(text: str, language: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The exact and the stem forms of a text's tokens: `analyse` without ranges, for the index."""
    normal, _ = _normalised(_SEPARATING.sub(" ", text))
    algorithm, acronyms = stemmer_of(language), not is_shouted(normal)
    exacts: list[str] = []
    stems: list[str] = []
    for segment in WordBreaker(normal, _LOCALE):
        if segment != " ":
            for _, _, exact, stem in _words(segment)(segment, algorithm, acronyms):
                exacts.append(exact)
                stems.append(stem)
    return tuple(exacts), tuple(stems)


def is_shouted(text: str) -> bool:
    """Whether several words are written in capitals only, as headings are; "ASEM 教育" is not."""
    if not text.isupper() or len(text.split()) < 2:
        return False
    return all(map(str.isupper, filter(str.isalpha, text)))


@cache
def fingerprint() -> str:
    """Names everything that decides which tokens a text has; an index made under another one is stale."""
    parts = [icu_version, Stemmer.version(), unicodedata.unidata_version, RULES, sorted(STEMMERS.items())]
    parts.append(sorted((tag, sorted(found)) for tag, found in STOP_WORDS.items()))
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:12]


def _words(segment: str) -> Callable[[str, str | None, bool], tuple[Word, ...]]:
    """A segment of any length may come from outside; only usual ones are worth remembering."""
    return words if len(segment) <= _LONGEST_REMEMBERED else words.__wrapped__


def _normalised(text: str) -> tuple[str, list[tuple[int, int]] | None]:
    """The text in NFKC and, where that moved characters, the original range of each of its characters.

    Normalising each grapheme cluster by itself keeps the way back; nothing composes across clusters.
    """
    if unicodedata.is_normalized("NFKC", text):
        return text, None
    parts: list[str] = []
    ranges: list[tuple[int, int]] = []
    offset = 0
    for cluster in CharacterBreaker(text, _LOCALE):
        end = offset + len(cluster)
        normal = unicodedata.normalize("NFKC", cluster)
        parts.append(normal)
        ranges.extend([(offset, end)] * len(normal))
        offset = end
    return "".join(parts), ranges


def _in_original(token: Token, ranges: list[tuple[int, int]]) -> Token:
    return token._replace(start=ranges[token.start][0], end=ranges[token.end - 1][1])

"""Rules about single words: what is split, kept whole, stemmed and folded."""

from __future__ import annotations

import re
import threading
import unicodedata
from functools import lru_cache
from typing import NamedTuple

import Stemmer

LONGEST = 100
"""Characters of a token that count. Lucene's whitespace tokenizer would cut a longer one in two at 255."""

LONGEST_PREFIX = 20
"""Characters of a word that its prefixes cover; what a searcher types beyond that is not compared."""

_APOSTROPHES = re.compile(r"[\u2018\u2019\u201b\u02bc]")
# French, Italian, Catalan, Portuguese and Irish words that lose their end before a vowel.
_ELISION = re.compile(
    "(?:l|d|j|m|t|s|n|c|b|qu|jusqu|lorsqu|puisqu|quoiqu|quelqu|presqu|un|all|dall|dell|nell|sull|coll|gl|"
    "quell|quest|sant|bell|tutt|ch)'(?=.)",
    re.IGNORECASE,
)
_POSSESSIVE = re.compile("'s$", re.IGNORECASE)
# Word boundaries keep "education.org" and "Stadt:Land" together; readers look for the parts.
_INNER_BREAK = re.compile(r"""(?<=[^\W\d])[.:](?=[^\W\d])|[;"]""")
_DOTTED = re.compile(r"[^\W\d](?:\.[^\W\d])+\.?")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+")
# Marks that writers leave out: Latin, Greek, Cyrillic, Hebrew points, Arabic harakat. Thai, Khmer and
# Indic vowel signs are marks as well, but without them another word remains.
_OPTIONAL_MARKS = re.compile(
    "[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u0610-\u061a\u064b-\u065f"
    "\u0670\u06d6-\u06dc\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]"
)
_LETTERS = str.maketrans(
    {
        "đ": "d",
        "ð": "d",
        "ħ": "h",
        "\u0131": "i",
        "ł": "l",
        "ø": "o",
        "ŧ": "t",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
        "\u0640": "",
    }
)

_stemmers = threading.local()


class Word(NamedTuple):
    """A token of a segment: code points from its start, and its two forms."""

    start: int
    end: int
    exact: str
    stem: str


@lru_cache(maxsize=100_000)
def words(segment: str, algorithm: str | None, acronyms: bool) -> tuple[Word, ...]:
    """The tokens of a segment between two word boundaries; none for blanks and punctuation.

    `acronyms` is false in a text without any lower-case letter, where capitals mean nothing.
    """
    if not any(map(str.isalnum, segment)):
        return ()
    found = []
    for start, end, surface in _parts(segment):
        exact = fold(surface)[:LONGEST]
        if exact:
            found.append(Word(start, end, exact, _stem(surface, exact, algorithm, acronyms)))
    return tuple(found)


def fold(word: str) -> str:
    """The word without case, without diacritics that writers leave out, without invisible characters."""
    if word.isascii():
        return word.lower()
    bare = _OPTIONAL_MARKS.sub("", unicodedata.normalize("NFD", word.lower()))
    bare = unicodedata.normalize("NFC", bare).translate(_LETTERS).casefold()
    return "".join(_plain_digit(character) for character in bare if not _invisible(character))


@lru_cache(maxsize=100_000)
def prefixes(exact: str) -> tuple[str, ...]:
    """What a searcher may have typed of the word so far."""
    return tuple(exact[:length] for length in range(1, min(len(exact), LONGEST_PREFIX) + 1))


def _parts(segment: str) -> list[tuple[int, int, str]]:
    if _DOTTED.fullmatch(segment):
        return [(0, len(segment), segment.replace(".", ""))]
    cuts = [match.span() for match in _INNER_BREAK.finditer(segment)]
    starts = [0, *(end for _, end in cuts)]
    ends = [*(start for start, _ in cuts), len(segment)]
    return [_trimmed(segment, start, end) for start, end in zip(starts, ends, strict=True)]


def _trimmed(segment: str, start: int, end: int) -> tuple[int, int, str]:
    """A part without its elided article and its possessive ending; thousands without their commas."""
    part = _APOSTROPHES.sub("'", segment[start:end])
    if "'" in part:
        if len(part) > 2 and _POSSESSIVE.search(part):
            end, part = end - 2, part[:-2]
        if elided := _ELISION.match(part):
            start, part = start + elided.end(), part[elided.end() :]
    elif "," in part and _THOUSANDS.fullmatch(part):
        part = part.replace(",", "")
    return start, end, part


def _stem(surface: str, exact: str, algorithm: str | None, acronyms: bool) -> str:
    if acronyms and (acronym := _acronym(surface)):
        # Folded forms hold no capitals, so an acronym never meets a word in the stem field.
        return fold(acronym).upper()[:LONGEST]
    if algorithm is None or any(map(str.isdigit, exact)):
        return exact
    return fold(_stemmer(algorithm).stemWord(surface.lower()))[:LONGEST] or exact


def _acronym(surface: str) -> str | None:
    """The acronym that a word is: "SDG" for "SDGs", none for "Sdg"."""
    base = surface[:-1] if surface.endswith("s") else surface
    return base if base.isupper() and sum(map(str.isupper, base)) > 1 else None


def _stemmer(algorithm: str) -> Stemmer.Stemmer:
    """A stemmer of this thread: they keep state while they work."""
    found = getattr(_stemmers, algorithm, None)
    if found is None:
        found = Stemmer.Stemmer(algorithm)
        setattr(_stemmers, algorithm, found)
    return found


def _invisible(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cf", "Zs", "Zl", "Zp"}


def _plain_digit(character: str) -> str:
    if character.isascii() or not character.isdecimal():
        return character
    return str(unicodedata.decimal(character))

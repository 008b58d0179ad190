"""Where the words of a query are in a text, by the analysis that the index was made with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from aep_search.index.query import Query
from aep_search.index.text.analysis import Token, analyse
from aep_search.index.text.terms import All, Alternative, Phrase, Prefix, Term

_LONGEST = 20_000
"""Characters of a text that are looked at; a passage is far shorter."""


class Match(NamedTuple):
    """A place in a text, in code points, and the number of the query's clause that it matches."""

    start: int
    end: int
    clause: int


class Matcher:
    """A query turned round, so that each token of a text is looked up and no clause is tried in vain."""

    def __init__(self, query: Query) -> None:
        self._words: dict[tuple[str, str], set[int]] = defaultdict(set)
        self._phrases: dict[tuple[str, str], list[tuple[Phrase, int]]] = defaultdict(list)
        self._prefixes: list[tuple[str, int]] = []
        for number, clause in enumerate(query.clauses):
            for one in clause.alternatives:
                self._add(one, number)

    def matches(self, text: str, language: str) -> list[Match]:
        """Every match in the text, in the order of their starts."""
        if not (self._words or self._phrases or self._prefixes):
            return []
        tokens = analyse(text[:_LONGEST], language)
        return [match for at in range(len(tokens)) for match in self._from(tokens, at)]

    def _add(self, wanted: Alternative, number: int) -> None:
        match wanted:
            case Term(stem, exact):
                for token in stem:
                    self._words["stem", token].add(number)
                for token in exact:
                    self._words["exact", token].add(number)
            case Phrase(field, tokens):
                self._phrases[field, tokens[0]].append((wanted, number))
            case Prefix(text):
                self._prefixes.append((text, number))
            case All(parts):
                for part in parts:
                    self._add(part, number)

    def _from(self, tokens: Sequence[Token], at: int) -> Iterator[Match]:
        start, end, exact, stem = tokens[at]
        for key in (("stem", stem), ("exact", exact)):
            for number in self._words.get(key, ()):
                yield Match(start, end, number)
            for phrase, number in self._phrases.get(key, ()):
                run = tokens[at : at + len(phrase.tokens)]
                if tuple(getattr(token, phrase.field) for token in run) == phrase.tokens:
                    yield Match(start, run[-1].end, number)
        for prefix, number in self._prefixes:
            if exact.startswith(prefix):
                yield Match(start, end, number)


@lru_cache(maxsize=64)
def matcher(query: Query) -> Matcher:
    """The matcher of a query; all hits of a page share it."""
    return Matcher(query)

"""A search as the engines understand it, and the small grammar that people write it in.

    word            a document has the word in any form, or one of its synonyms
    "some words"    the words in this order, as they are written (case and accents aside)
    educat*         a word that begins like this
    -word  -"..."   no such word or phrase

The matching rule belongs to the query, so that every engine finds the same documents:

* phrases and prefixes must match, excluded words must not;
* up to four words must all match, of more words one in four (rounded down) may be missing;
* function words ("of", "the") do not count, unless the query holds nothing else;
* a word of several parts ("e-learning", "2022-2024") is a phrase in any inflection;
* a query without a single letter or digit matches nothing; an empty one, or one that only excludes,
  matches every document.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from aep_search.index.errors import QueryTooLong
from aep_search.index.text.analysis import is_shouted
from aep_search.index.text.forms import Form, compound_length, forms
from aep_search.index.text.synonyms import Synonyms
from aep_search.index.text.terms import All, Clause, Phrase, Prefix, Term, exact_clause, phrase_clause, term
from aep_search.index.text.words import LONGEST_PREFIX

MOST_CHARACTERS = 400
MOST_CLAUSES = 32
_STRICT_WORDS = 4
_LONGEST_BOOST = 8

_QUOTES = str.maketrans(dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033\uff02", '"'))
_ITEM = re.compile(r'(-?)(?:"([^"]*)"|([^\s"]+))')
_UNREADABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
# Habit from other search boxes; every word is required anyway, and "-" excludes.
_CONNECTORS = frozenset({"AND", "OR", "NOT"})


@dataclass(frozen=True, slots=True)
class Query:
    """What must, should and must not be in a document."""

    text: str = ""
    must: tuple[Clause, ...] = ()
    words: tuple[Clause, ...] = ()
    required: int = 0
    """How many of `words` a document must match at least."""
    excluded: tuple[Clause, ...] = ()
    boosts: tuple[Phrase, ...] = ()
    """Phrases that raise the score of a document and decide nothing else."""
    nothing: bool = False

    @property
    def clauses(self) -> tuple[Clause, ...]:
        """Everything that a hit may have matched."""
        return self.must + self.words


class _Item(NamedTuple):
    kind: Literal["phrase", "prefix", "word"]
    excluded: bool
    text: str


@dataclass(slots=True)
class _Draft:
    must: list[Clause] = field(default_factory=list)
    words: list[Clause] = field(default_factory=list)
    fillers: list[Clause] = field(default_factory=list)
    excluded: list[Clause] = field(default_factory=list)
    run: list[Form] = field(default_factory=list)


def parse(text: str, languages: Sequence[str] = (), synonyms: Synonyms | None = None) -> Query:
    """The query for what somebody typed, stemmed for each of the languages.

    Never fails but for its size: `QueryTooLong` above 400 characters or 32 clauses.
    """
    if len(text) > MOST_CHARACTERS:
        raise QueryTooLong(f"a query has at most {MOST_CHARACTERS} characters")
    readable = _UNREADABLE.sub(" ", text).translate(_QUOTES).strip()
    tags = tuple(languages)
    words = readable.lower() if is_shouted(readable) else readable
    draft = _read(words, tags, synonyms or Synonyms({}, tags))
    return _query(readable, draft)


def _read(text: str, tags: tuple[str, ...], synonyms: Synonyms) -> _Draft:
    draft = _Draft()
    pending: list[Form] = []
    for item in _items(text):
        found = forms(item.text, tags)
        if item.kind == "word" and not item.excluded:
            if item.text not in _CONNECTORS:
                pending.extend(found)
            continue
        _take_words(draft, pending, tags, synonyms)
        pending = []
        if found:
            (draft.excluded if item.excluded else draft.must).append(_clause(item, found, synonyms))
    _take_words(draft, pending, tags, synonyms)
    return draft


def _items(text: str) -> Iterator[_Item]:
    for minus, phrase, word in _ITEM.findall(text):
        if word.endswith("*"):
            yield _Item("prefix", bool(minus), word.strip("*"))
        elif word:
            yield _Item("word", bool(minus), word)
        else:
            yield _Item("phrase", bool(minus), phrase)


def _clause(item: _Item, found: Sequence[Form], synonyms: Synonyms) -> Clause:
    """The clause of a phrase, a prefix or an excluded word."""
    if item.kind == "prefix":
        prefix = Prefix(found[-1].exact[:LONGEST_PREFIX])
        return Clause((All((*map(term, found[:-1]), prefix)) if found[1:] else prefix,))
    if same := synonyms.of(found, as_written=item.kind == "phrase"):
        return same
    return exact_clause(found) if item.kind == "phrase" else phrase_clause(found)


def _take_words(draft: _Draft, pending: Sequence[Form], tags: tuple[str, ...], synonyms: Synonyms) -> None:
    """Turns words that follow each other into clauses: synonyms first, then compounds, then single words."""
    draft.run.extend(pending)
    at = 0
    while at < len(pending):
        length, same = synonyms.longest(pending[at:])
        if same is not None:
            draft.words.append(_or_all_words(same, pending[at : at + length]))
            at += length
            continue
        length = compound_length(pending[at:])
        single_filler = length == 1 and pending[at].filler
        (draft.fillers if single_filler else draft.words).append(phrase_clause(pending[at : at + length]))
        at += length


def _or_all_words(same: Clause, found: Sequence[Form]) -> Clause:
    """The synonyms, or the words of the query anywhere in the text."""
    meaningful = tuple(term(form) for form in found if not form.filler)
    if len(found) == 1 or not meaningful:
        return same
    alternative: All | Term = All(meaningful) if meaningful[1:] else meaningful[0]
    return Clause((*same.alternatives, alternative))


def _query(text: str, draft: _Draft) -> Query:
    must, words = _distinct(draft.must), _distinct(draft.words)
    if not must and not words:
        words = _distinct(draft.fillers)
    excluded = _distinct(draft.excluded)
    if len(must) + len(words) + len(excluded) > MOST_CLAUSES:
        raise QueryTooLong(f"a query has at most {MOST_CLAUSES} words, phrases and exclusions")
    required = len(words) if len(words) <= _STRICT_WORDS else len(words) - len(words) // 4
    tokens = tuple(form.exact for form in draft.run)
    boosts = (Phrase("exact", tokens),) if 2 <= len(tokens) <= _LONGEST_BOOST else ()
    nothing = bool(text) and not (must or words or excluded)
    return Query(text, must, words, required, excluded, boosts, nothing)


def _distinct(clauses: Sequence[Clause]) -> tuple[Clause, ...]:
    return tuple(dict.fromkeys(clauses))

"""Synonyms and acronyms, applied to queries only: changing the glossary never touches the index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aep_search.index.text.forms import Form, forms
from aep_search.index.text.terms import Alternative, Clause, alternatives

_Key = tuple[str, ...]


class Synonyms:
    """Groups of terms that mean the same, made from a mapping of a term to its alternatives.

    They hold in both directions: with {"LLL": ["lifelong learning"]}, either finds what the other finds.
    """

    def __init__(self, mapping: Mapping[str, Sequence[str]], languages: Sequence[str]) -> None:
        tags = tuple(languages)
        self._clauses: dict[_Key, Clause] = {}
        self._longest = 0
        for key_term, others in mapping.items():
            members = [found for member in (key_term, *others) if (found := forms(member, tags))]
            same: list[Alternative] = [one for found in members for one in alternatives(found)]
            for key in (key for found in members for key in _keys(found)):
                known = self._clauses.get(key, Clause(())).alternatives
                self._clauses[key] = Clause(tuple(dict.fromkeys((*known, *same))))
                self._longest = max(self._longest, len(key))

    def of(self, found: Sequence[Form], as_written: bool = False) -> Clause | None:
        """The group that these words as a whole belong to, in any inflection or only as they are written."""
        if not found or all(form.filler for form in found):
            return None
        keys = _keys(found)[:1] if as_written else _keys(found)
        return next((self._clauses[key] for key in keys if key in self._clauses), None)

    def longest(self, found: Sequence[Form]) -> tuple[int, Clause | None]:
        """The group of the longest run of words at the start of the sequence, and the run's length."""
        for length in range(min(self._longest, len(found)), 0, -1):
            if (same := self.of(found[:length])) is not None:
                return length, same
        return 0, None


def _keys(found: Sequence[Form]) -> list[_Key]:
    """What a group is looked up by: the words themselves first, then their stems in each language."""
    stems = zip(*(form.stems for form in found), strict=True)
    exact = tuple(form.exact for form in found)
    return list(dict.fromkeys([exact, *(tuple(map(str.lower, tokens)) for tokens in stems)]))

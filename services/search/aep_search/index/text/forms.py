"""The words of a query in all the forms that a text may hold them in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from aep_search.index.text.analysis import analyse
from aep_search.index.text.languages import is_stop_word, stemmer_of


@dataclass(frozen=True, slots=True)
class Form:
    """One token of a query."""

    exact: str
    stems: tuple[str, ...]
    """Its stem in each of the query's languages, in their order."""
    acronym: str | None
    filler_if_small: bool
    """Whether it is a function word in one of the languages when it is not written in capitals."""
    joined: bool
    """Whether it is written together with the word before: "learning" in "e-learning"."""

    @property
    def filler(self) -> bool:
        """Whether a document may lack the word."""
        return self.filler_if_small and self.acronym is None


@lru_cache(maxsize=4096)
def forms(text: str, languages: tuple[str, ...]) -> tuple[Form, ...]:
    """The tokens of a piece of query; boundaries and exact forms are the same in every language."""
    distinct = {stemmer_of(tag): tag for tag in reversed(languages)} or {None: "und"}
    analysed = [analyse(text, tag) for tag in distinct.values()]
    found: list[Form] = []
    for column in zip(*analysed, strict=True):
        first = column[0]
        stems = tuple(token.stem for token in column)
        acronym = first.stem if first.stem.isupper() else None
        previous_end = analysed[0][len(found) - 1].end if found else first.start
        # Words of a script without blanks touch each other; they are words, not a compound.
        joined = bool(found) and previous_end < first.start and not any(map(str.isspace, text))
        found.append(Form(first.exact, stems, acronym, is_stop_word(first.exact, languages), joined))
    return tuple(found)


def compound_length(found: Sequence[Form]) -> int:
    """How many tokens at the start of the sequence belong to one written word."""
    length = 1
    while length < len(found) and found[length].joined:
        length += 1
    return length

"""What a document may match: terms, phrases and prefixes over the two token fields."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from aep_search.index.text.forms import Form


@dataclass(frozen=True, slots=True)
class Term:
    """A word: one of these tokens in the field `stem`, or one of those in the field `exact`."""

    stem: tuple[str, ...]
    exact: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Phrase:
    """Two or more tokens of one field at positions that follow each other."""

    field: Literal["stem", "exact"]
    tokens: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prefix:
    """A word whose exact form begins like this."""

    text: str


@dataclass(frozen=True, slots=True)
class All:
    """Every one of these, anywhere in the document."""

    parts: tuple[Term | Prefix, ...]


Alternative: TypeAlias = Term | Phrase | Prefix | All


@dataclass(frozen=True, slots=True)
class Clause:
    """Matches when one of its alternatives does."""

    alternatives: tuple[Alternative, ...]


def term(form: Form) -> Term:
    """A word in any inflection; an acronym in capitals, or written like a word that is no function word."""
    if form.acronym:
        return Term((form.acronym,), () if form.filler_if_small else (form.exact,))
    # Somebody who types "sdg" or "sdgs" means the acronym, whose stem is in capitals.
    acronyms = {form.exact.upper(), form.exact.removesuffix("s").upper()}
    return Term(tuple(sorted({*form.stems, *acronyms})), (form.exact,))


def exact_clause(found: Sequence[Form]) -> Clause:
    """The words as they are written. A phrase of one word is a term, in every engine."""
    tokens = tuple(form.exact for form in found)
    return Clause((Phrase("exact", tokens) if tokens[1:] else Term((), tokens),))


def phrase_clause(found: Sequence[Form]) -> Clause:
    """The words after each other, in any inflection; of a single word, the word."""
    return Clause(tuple(alternatives(found)))


def alternatives(found: Sequence[Form]) -> Iterable[Alternative]:
    """A phrase for each language's stems and one for the words themselves."""
    if len(found) == 1:
        return (term(found[0]),)
    stems = dict.fromkeys(zip(*(form.stems for form in found), strict=True))
    written = Phrase("exact", tuple(form.exact for form in found))
    return (*(Phrase("stem", tokens) for tokens in stems), written)

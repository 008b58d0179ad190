"""What a kind of document decides, and what all kinds make it with."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from aep_search.index.port import Json, Text
from aep_shared.contracts.registry import Organisation, Partner
from aep_shared.dates import parse_edtf

_EPOCH = datetime.date(1970, 1, 1)

Texts = Mapping[str, str]
"""A text by its BCP 47 tag."""


@dataclass(frozen=True, slots=True)
class Days:
    """The interval of a document, in days since 1970-01-01, and the day that it is ranked by."""

    starts: int | None = None
    ends: int | None = None
    rank: int | None = None


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of an `IndexDocument` that its kind decides."""

    kind: str
    texts: Mapping[str, Text]
    stored: Mapping[str, Json]
    publication: str | None = None
    objectives: tuple[str, ...] = ()
    partners: tuple[str, ...] = ()
    days: Days = Days()


def texts(title: Texts, *bodies: Texts | None, everywhere: Iterable[str] = ()) -> dict[str, Text]:
    """One text for each language that a title or body has; names count in every language."""
    names = "\n".join(everywhere)
    given = [body or {} for body in bodies]
    tags = dict.fromkeys(tag for found in (title, *given) for tag in found)
    return {
        tag: Text(title.get(tag, ""), "\n\n".join(filter(None, (*(body.get(tag, "") for body in given), names))))
        for tag in tags
    }


def days(date: str | None) -> Days:
    """The interval of a date in EDTF; documents are ranked by the day on which it starts, or else ends."""
    if not date:
        return Days()
    interval = parse_edtf(date)
    starts = (interval.starts - _EPOCH).days if interval.starts else None
    ends = (interval.ends - _EPOCH).days if interval.ends else None
    return Days(starts, ends, starts if starts is not None else ends)


def names(slugs: Iterable[str], known: Mapping[str, Partner] | Mapping[str, Organisation]) -> list[str]:
    """The names of these bodies in all languages, of those that are known."""
    return [name for slug in slugs if slug in known for name in known[slug].name.values()]

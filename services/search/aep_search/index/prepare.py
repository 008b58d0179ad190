"""What both engines store of a document: token streams, filter values, sort keys and its source."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from aep_search.index.errors import DocumentRefused
from aep_search.index.port import IndexDocument, Text
from aep_search.index.text.analysis import streams
from aep_search.index.text.words import prefixes

MOST_TEXT = 1_000_000
_ID = re.compile(r"[a-z][a-z0-9-]*:[\x21-\x7e]{1,200}")
_LONGEST_VALUE = 256
_VERSION_END = 2**63
# Sort keys are unique numbers: a day in the upper bits, a hash of the id below. 22 and 41 bits fill a
# signed 64-bit number; the days reach some 5,700 years either way.
_HASH_BITS = 41
LAST_DAY = 2**21 - 2
OPEN_START, OPEN_END = -LAST_DAY - 1, LAST_DAY + 1


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document as an engine takes it. A run is one title or body; no phrase leaves it."""

    id: str
    version: int
    hidden: bool
    exact: tuple[tuple[str, ...], ...]
    stem: tuple[tuple[str, ...], ...]
    title: tuple[tuple[str, ...], ...]
    """The stems of the titles again: they raise the score and decide nothing."""
    prefix: tuple[str, ...]
    facets: Mapping[str, tuple[str, ...]]
    starts: int | None
    ends: int | None
    newest: int
    """Sorts "-date", descending."""
    oldest: int
    """Sorts "date", ascending."""
    source: str


def prepare(document: IndexDocument) -> Prepared:
    """The document ready for an engine; `DocumentRefused` says what is wrong with it.

    Of a hidden document nothing but its id and version goes in, so that no term, count or stored field
    can give it away.
    """
    _check(document)
    shown = not document.hidden
    exact, stem, title = _runs(document.texts if shown else {})
    return Prepared(
        id=document.id,
        version=document.version,
        hidden=document.hidden,
        exact=exact,
        stem=stem,
        title=title,
        prefix=tuple(set().union(*(prefixes(word) for run in exact for word in run))),
        facets=_facets(document) if shown else {},
        starts=_bound(document.starts, document.ends, OPEN_START) if shown else None,
        ends=_bound(document.ends, document.starts, OPEN_END) if shown else None,
        newest=_sort_key(document, OPEN_START),
        oldest=_sort_key(document, OPEN_END),
        source=_source(document) if shown else "{}",
    )


def digest(source: str) -> str:
    """Proves that two indexes hold the same of a document, whatever its version."""
    return hashlib.blake2b(source.encode(), digest_size=16).hexdigest()


def texts_of(source: Mapping[str, Any]) -> dict[str, Text]:
    """The texts in a source that was read back."""
    return {tag: Text(title, body) for tag, (title, body) in source["texts"].items()}


def _runs(texts: Mapping[str, Text]) -> tuple[tuple[tuple[str, ...], ...], ...]:
    exact, stem, title = [], [], []
    for tag, text in sorted(texts.items()):
        for part, is_title in ((text.title, True), (text.body, False)):
            exacts, stems = streams(part, tag)
            if exacts:
                exact.append(exacts)
                stem.append(stems)
                if is_title:
                    title.append(stems)
    return tuple(exact), tuple(stem), tuple(title)


def _facets(document: IndexDocument) -> dict[str, tuple[str, ...]]:
    return {
        "type": (document.type,),
        "kind": _maybe(document.kind),
        "language": tuple(sorted(document.texts)),
        "publication": _maybe(document.publication),
        "objective": tuple(sorted(set(document.objectives))),
        "partner": tuple(sorted(set(document.partners))),
    }


def _maybe(value: str | None) -> tuple[str, ...]:
    return () if value is None else (value,)


def _bound(bound: int | None, other: int | None, open_side: int) -> int | None:
    return open_side if bound is None and other is not None else bound


def _sort_key(document: IndexDocument, undated: int) -> int:
    day = undated if document.hidden or document.rank_date is None else document.rank_date
    hashed = hashlib.blake2b(document.id.encode(), digest_size=8).digest()
    return (day << _HASH_BITS) + (int.from_bytes(hashed) >> (64 - _HASH_BITS))


def _source(document: IndexDocument) -> str:
    """Canonical JSON, so that equal documents have equal digests in both engines."""
    source = {
        "type": document.type,
        "kind": document.kind,
        "publication": document.publication,
        "objectives": sorted(set(document.objectives)),
        "partners": sorted(set(document.partners)),
        "dates": [document.starts, document.ends, document.rank_date],
        "texts": {tag: [text.title, text.body] for tag, text in document.texts.items()},
        "stored": document.stored,
    }
    try:
        text = json.dumps(source, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
        text.encode()
    except (TypeError, ValueError, RecursionError) as problem:
        raise DocumentRefused(f"not storable as JSON: {problem}") from problem
    return text


def _check(document: IndexDocument) -> None:
    if not _ID.fullmatch(document.id):
        raise DocumentRefused("the id is not a type and an id of at most 200 ASCII characters")
    if not 0 < document.version < _VERSION_END:
        raise DocumentRefused("the version is not a positive number of 63 bits")
    for facet, values in _facets(document).items():
        if not all(map(is_value, values)):
            raise DocumentRefused(f"{facet} is empty or longer than {_LONGEST_VALUE} characters")
    days = [day for day in (document.starts, document.ends, document.rank_date) if day is not None]
    if any(abs(day) > LAST_DAY for day in days):
        raise DocumentRefused("a date is out of range")
    if document.starts is not None and document.ends is not None and document.starts > document.ends:
        raise DocumentRefused("it ends before it starts")
    if _length(document.texts.values()) > MOST_TEXT:
        raise DocumentRefused(f"its texts have more than {MOST_TEXT} characters")


def is_value(value: str) -> bool:
    """Whether a facet can have the value."""
    return 0 < len(value) <= _LONGEST_VALUE and value.isprintable()


def _length(texts: Iterable[Text]) -> int:
    return sum(len(text.title) + len(text.body) for text in texts)

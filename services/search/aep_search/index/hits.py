"""Hits from what an engine stored of a document."""

from __future__ import annotations

import json

from aep_search.index.port import MOST_FACET_VALUES, FacetCount, Hit, SearchRequest
from aep_search.index.prepare import texts_of
from aep_search.index.text.highlight import show


def hit(request: SearchRequest, id: str, score: float | None, source: str) -> Hit:
    """The hit with title and snippet in the language that suits the query and the reader."""
    found = json.loads(source)
    texts = texts_of(found)
    shown = show(request.query, texts, (*request.prefer, *request.languages))
    return Hit(
        id=id,
        type=found["type"],
        kind=found["kind"],
        score=score,
        language=shown.language,
        title=shown.title,
        snippet=shown.snippet,
        texts=texts,
        stored=found["stored"],
    )


def facet_counts(buckets: list[tuple[str, int]]) -> tuple[FacetCount, ...]:
    """Most documents first, then by value, so that both engines answer in the same order."""
    ordered = sorted(buckets, key=lambda bucket: (-bucket[1], bucket[0]))
    return tuple(FacetCount(value, count) for value, count in ordered[:MOST_FACET_VALUES])

"""Hits from what an engine stored of a document."""

import json

from .highlight import best_language, highlight, snippet
from .port import MOST_FACET_VALUES, FacetCount, Highlighted, Hit, SearchRequest
from .prepare import texts_of


def hit(request: SearchRequest, id: str, score: float | None, source: str) -> Hit:
    """The hit with title and snippet in the language that suits the query and the reader."""
    found = json.loads(source)
    texts = texts_of(found)
    language = best_language(request.query, texts, (*request.prefer, *request.languages))
    title = snip = Highlighted("")
    if language is not None:
        title = highlight(request.query, texts[language].title, language)
        snip = snippet(request.query, texts[language].body, language)
    return Hit(id, found["type"], found["kind"], score, language, title, snip, texts, found["stored"])


def facet_counts(buckets: list[tuple[str, int]]) -> tuple[FacetCount, ...]:
    """Most documents first, then by value, so that both engines answer in the same order."""
    ordered = sorted(buckets, key=lambda bucket: (-bucket[1], bucket[0]))
    return tuple(FacetCount(value, count) for value, count in ordered[:MOST_FACET_VALUES])

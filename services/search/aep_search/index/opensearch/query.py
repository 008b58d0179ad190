"""Searches as OpenSearch bodies: bool, term and match_phrase queries only, all of them cheap."""

from __future__ import annotations

from typing import TypeAlias

from aep_search.index.port import DEPTH, SearchRequest
from aep_search.index.text.terms import All, Alternative, Clause, Phrase, Prefix, Term

Body: TypeAlias = dict[str, object]

MOST_VALUES = 10_000
"""Values of a facet that are counted; the server allows 65,535 buckets in one answer."""


def body(request: SearchRequest, after: list[int | float] | None, seconds: float) -> Body:
    """The search: filters on facets apart, so that each facet can count without its own."""
    filters = dict(_filters(request))
    made: Body = {
        "query": {"bool": _query(request)},
        "size": request.limit + 1 if request.limit else 0,
        "sort": _sort(request),
        # Facets visit every hit anyway; without them the engine may stop counting.
        "track_total_hits": True if request.facets else DEPTH,
        "track_scores": request.sort == "relevance",
        "timeout": f"{max(1, int(seconds * 1000))}ms",
        "_source": ["source"],
    }
    if filters:
        made["post_filter"] = {"bool": {"filter": list(filters.values())}}
    if request.facets:
        made["aggs"] = {facet: _facet(facet, filters) for facet in request.facets}
    if after is not None:
        made["search_after"] = after
    return made


def _query(request: SearchRequest) -> Body:
    query = request.query
    if query.nothing:
        return {"must_not": [{"match_all": {}}]}
    must = [_clause(clause) for clause in query.must]
    if query.words:
        some = [_clause(clause) for clause in query.words]
        must.append({"bool": {"should": some, "minimum_should_match": query.required}})
    return {
        "must": must,
        "should": _boosts(request),
        "must_not": [_clause(clause) for clause in query.excluded],
        "filter": [{"term": {"hidden": False}}, *_dates(request)],
    }


def _sort(request: SearchRequest) -> list[Body]:
    if request.sort == "date":
        return [{"oldest": "asc"}]
    newest: Body = {"newest": "desc"}
    return [{"_score": "desc"}, newest] if request.sort == "relevance" else [newest]


def _filters(request: SearchRequest) -> dict[str, Body]:
    return {facet: {"terms": {facet: list(values)}} for facet, values in request.filters()}


def _facet(facet: str, filters: dict[str, Body]) -> Body:
    others = [one for name, one in filters.items() if name != facet]
    counted = {"terms": {"field": facet, "size": MOST_VALUES}}
    return {"filter": {"bool": {"filter": others}}, "aggs": {"values": counted}}


def _dates(request: SearchRequest) -> list[Body]:
    """Two intervals share a day when each starts before the other ends; undated documents have neither."""
    found: list[Body] = []
    if request.date_from is not None:
        found.append({"range": {"ends": {"gte": request.date_from}}})
    if request.date_to is not None:
        found.append({"range": {"starts": {"lte": request.date_to}}})
    return found


def _boosts(request: SearchRequest) -> list[Body]:
    words = [one for clause in request.query.words for one in clause.alternatives if isinstance(one, Term)]
    titles = [_token("title", token) for word in words for token in word.stem]
    return [*titles, *map(_alternative, request.query.boosts)]


def _clause(clause: Clause) -> Body:
    return _any([_alternative(one) for one in clause.alternatives])


def _alternative(wanted: Alternative) -> Body:
    match wanted:
        case Term(stem, exact):
            stems = [_token("stem", token) for token in stem]
            return _any([*stems, *(_token("exact", token) for token in exact)])
        case Phrase(field, tokens):
            return {"match_phrase": {field: " ".join(tokens)}}
        case Prefix(text):
            return {"constant_score": {"filter": {"term": {"prefix": text}}}}
        case All(parts):
            return {"bool": {"must": [_alternative(part) for part in parts]}}


def _token(field: str, token: str) -> Body:
    return {"term": {field: token}}


def _any(queries: list[Body]) -> Body:
    return queries[0] if len(queries) == 1 else {"bool": {"should": queries, "minimum_should_match": 1}}

"""Searches as Tantivy queries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tantivy import FieldType, Occur, Query, Schema

from aep_search.index.port import SearchRequest
from aep_search.index.text.terms import All, Alternative, Clause, Phrase, Prefix, Term

_PREFIX_SCORE = 1.0


class Compiler:
    """Compiles for one schema."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema

    def compile(self, request: SearchRequest, without: str | None = None) -> Query:
        """The request's query among visible documents; `without` leaves the filter on one facet out."""
        query = request.query
        if query.nothing:
            return Query.empty_query()
        filters = [self._visible(), *self._filters(request, without)]
        parts = [(Occur.Must, Query.const_score_query(one, 0.0)) for one in filters]
        parts += [(Occur.Must, self._clause(clause)) for clause in query.must]
        if query.words:
            some = [(Occur.Should, self._clause(clause)) for clause in query.words]
            parts.append((Occur.Must, Query.boolean_query(some, minimum_number_should_match=query.required)))
        parts += [(Occur.Should, one) for one in self._boosts(request)]
        parts += [(Occur.MustNot, self._clause(clause)) for clause in query.excluded]
        return Query.boolean_query(parts)

    def after(self, query: Query, field: str, key: int) -> Query:
        """Only what comes after the key in the order of "newest" (falling) or "oldest" (rising)."""
        rest = self._above(field, key + 1) if field == "oldest" else self._below(field, key - 1)
        return Query.boolean_query([(Occur.Must, query), (Occur.Must, Query.const_score_query(rest, 0.0))])

    def id(self, id: str) -> Query:
        """The document with this id, hidden or not."""
        return self._token("id", id)

    def hidden_before(self, seconds: int) -> Query:
        """Documents that were hidden before the instant."""
        hidden = Query.term_query(self._schema, "hidden", True)
        return Query.boolean_query([(Occur.Must, hidden), (Occur.Must, self._below("written", seconds - 1))])

    def _visible(self) -> Query:
        return Query.term_query(self._schema, "hidden", False)

    def _filters(self, request: SearchRequest, without: str | None) -> Iterator[Query]:
        for facet, values in request.filters():
            if facet != without:
                yield Query.term_set_query(self._schema, facet, list(values))
        # Two intervals share a day when each starts before the other ends; undated documents have neither.
        if request.date_from is not None:
            yield self._above("ends", request.date_from)
        if request.date_to is not None:
            yield self._below("starts", request.date_to)

    def _boosts(self, request: SearchRequest) -> Iterator[Query]:
        for clause in request.query.words:
            for one in clause.alternatives:
                if isinstance(one, Term):
                    yield from (self._token("title", token) for token in one.stem)
        yield from map(self._alternative, request.query.boosts)

    def _clause(self, clause: Clause) -> Query:
        return _any([self._alternative(one) for one in clause.alternatives])

    def _alternative(self, wanted: Alternative) -> Query:
        match wanted:
            case Term(stem, exact):
                stems = [self._token("stem", token) for token in stem]
                return _any([*stems, *(self._token("exact", token) for token in exact)])
            case Phrase(field, tokens):
                return Query.phrase_query(self._schema, field, list(tokens))
            case Prefix(text):
                return Query.const_score_query(self._token("prefix", text), _PREFIX_SCORE)
            case All(parts):
                return Query.boolean_query([(Occur.Must, self._alternative(part)) for part in parts])

    def _token(self, field: str, token: str) -> Query:
        option = "position" if field in {"stem", "exact"} else "freq" if field == "title" else "basic"
        return Query.term_query(self._schema, field, token, option)

    def _above(self, field: str, least: int) -> Query:
        return Query.range_query(self._schema, field, FieldType.Integer, lower_bound=least)

    def _below(self, field: str, most: int) -> Query:
        return Query.range_query(self._schema, field, FieldType.Integer, upper_bound=most)


def _any(queries: Sequence[Query]) -> Query:
    return queries[0] if len(queries) == 1 else Query.boolean_query([(Occur.Should, one) for one in queries])

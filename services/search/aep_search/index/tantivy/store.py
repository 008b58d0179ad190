"""One Tantivy index: its writer, and snapshots to search."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tantivy import DocAddress, Index, IndexWriter, Order, Query, Searcher

from aep_search.index.errors import DocumentRefused, SearchUnavailable
from aep_search.index.hits import facet_counts
from aep_search.index.port import DEPTH, FacetCount, IndexDocument, Outcome, SearchRequest
from aep_search.index.prepare import prepare
from aep_search.index.tantivy.query import Compiler
from aep_search.index.tantivy.schema import document, register, schema

_HEAP = 64_000_000
_MOST_VALUES = 65_000
"""Values of a facet that are counted; above that, rare ones would be missing."""


def make(path: Path) -> None:
    """An empty index in an empty folder."""
    Index(schema(), str(path))


@dataclass(frozen=True, slots=True)
class Found:
    """A document as stored, with what it was ordered by."""

    id: str
    source: str
    score: float | None = None
    key: int = 0


@dataclass(frozen=True, slots=True)
class Held:
    """A document of a dump."""

    id: str
    source: str
    version: int
    hidden: bool
    key: int


class Store:
    """All but `snapshot` is called in the one writing thread."""

    def __init__(self, path: Path) -> None:
        self._index = Index.open(str(path))
        register(self._index)
        self._index.config_reader("manual")
        self._index.reload()
        self._compiler = Compiler(self._index.schema)
        self._writer: IndexWriter | None = None

    def snapshot(self) -> Snapshot:
        """What is visible now; it stays as it is while others write."""
        return Snapshot(self._index.searcher(), self._compiler)

    def refresh(self) -> None:
        """Lets new snapshots see the last commit."""
        self._index.reload()

    def write(self, documents: Sequence[IndexDocument], now: int) -> list[Outcome]:
        """Adds what is newer, in one durable commit. On any failure nothing of it is written."""
        versions = self._versions(dict.fromkeys(one.id for one in documents))
        writer = self._open_writer()
        try:
            outcomes = [self._add(writer, one, versions, now) for one in documents]
            if any(outcome.status == "written" for outcome in outcomes):
                writer.commit()
        except BaseException as problem:
            # The writer may be beyond use, for one when the disk is full; the next write opens another.
            self._writer = None
            if isinstance(problem, ValueError):
                raise SearchUnavailable(f"the index cannot be written: {problem}") from problem
            raise
        self._index.reload()
        return outcomes

    def purge_hidden(self, seconds: int) -> int:
        """Deletes documents that were hidden before the instant."""
        query = self._compiler.hidden_before(seconds)
        number = self.snapshot().number(query)
        if number:
            writer = self._open_writer()
            writer.delete_documents_by_query(query)
            writer.commit()
            self._index.reload()
        return number

    def close(self, wait: bool = False) -> None:
        """Lets the writer go; what it had not committed is lost, as it should be."""
        if self._writer is not None and wait:
            self._writer.wait_merging_threads()
        self._writer = None

    def _open_writer(self) -> IndexWriter:
        if self._writer is None:
            self._writer = self._index.writer(_HEAP, 1)
        return self._writer

    def _add(self, writer: IndexWriter, one: IndexDocument, versions: dict[str, int], now: int) -> Outcome:
        try:
            prepared = prepare(one)
        except DocumentRefused as problem:
            return Outcome(one.id, "refused", str(problem))
        held = versions.get(one.id)
        if held is not None:
            if held >= one.version:
                return Outcome(one.id, "older")
            writer.delete_documents_by_term("id", one.id)
        writer.add_document(document(prepared, now))
        versions[one.id] = one.version
        return Outcome(one.id, "written")

    def _versions(self, ids: Iterable[str]) -> dict[str, int]:
        """The versions held, of documents that are there. Every commit is followed by a reload."""
        searcher = self._index.searcher()
        places: dict[str, DocAddress] = {}
        for id in ids:
            if hits := searcher.search(self._compiler.id(id), limit=1, count=False).hits:
                places[id] = hits[0][1]
        versions = searcher.fast_field_values("version", list(places.values()))
        return {id: int(version or 0) for id, version in zip(places, versions, strict=True)}


class Snapshot:
    """A state of an index that does not change."""

    def __init__(self, searcher: Searcher, compiler: Compiler) -> None:
        self._searcher = searcher
        self.compiler = compiler

    def number(self, query: Query) -> int:
        """How many documents match, hidden ones included."""
        return int(self._searcher.search(query, limit=1).count)  # type: ignore[attr-defined]

    def visible(self) -> int:
        """How many documents are not hidden."""
        return self.number(self.compiler.compile(SearchRequest()))

    def by_score(self, query: Query, limit: int, offset: int) -> tuple[int, list[Found]]:
        """The number of hits and those at this place of the order by score."""
        limit = min(limit, DEPTH - offset)
        if limit < 1:
            return self.number(query), []
        result = self._searcher.search(query, limit=limit, offset=offset)
        found = [self._found(place, score=score) for score, place in result.hits]
        return int(result.count), found  # type: ignore[attr-defined]

    def by_key(self, query: Query, limit: int, field: str, after: int | None) -> tuple[int, list[Found]]:
        """The number of hits and up to `limit` after a sort key."""
        if limit < 1:
            return self.number(query), []
        rest = query if after is None else self.compiler.after(query, field, after)
        order = Order.Desc if field == "newest" else Order.Asc
        result = self._searcher.search(rest, limit=limit, order_by_field=field, order=order)
        total = result.count if after is None else self.number(query)  # type: ignore[attr-defined]
        return int(total), [self._found(place, key=key) for key, place in result.hits]

    def facets(self, request: SearchRequest) -> Mapping[str, tuple[FacetCount, ...]]:
        """The counts of each facet asked for; one pass for all that are not filtered by."""
        filtered = {facet for facet, _ in request.filters()}
        plain = [facet for facet in request.facets if facet not in filtered]
        buckets = self._buckets(self.compiler.compile(request), plain) if plain else {}
        for facet in filtered & set(request.facets):
            buckets |= self._buckets(self.compiler.compile(request, without=facet), [facet])
        return {facet: facet_counts(buckets[facet]) for facet in request.facets}

    def dump(self, after: int | None, limit: int) -> list[Held]:
        """Every document, hidden or not, in the order of its sort key."""
        everything = Query.all_query()
        query = everything if after is None else self.compiler.after(everything, "oldest", after)
        page = self._searcher.search(query, limit, False, "oldest", order=Order.Asc)
        places = [place for _, place in page.hits]
        versions = self._searcher.fast_field_values("version", places)
        hidden = self._searcher.fast_field_values("hidden", places)
        columns = zip(page.hits, versions, hidden, strict=True)
        return [self._held(place, int(number or 0), bool(gone), key) for (key, place), number, gone in columns]

    def _buckets(self, query: Query, facets: Sequence[str]) -> dict[str, list[tuple[str, int]]]:
        wanted = {facet: {"terms": {"field": facet, "size": _MOST_VALUES}} for facet in facets}
        counted = self._searcher.aggregate(query, wanted)
        return {
            facet: [(bucket["key"], int(bucket["doc_count"])) for bucket in counted[facet]["buckets"]]
            for facet in facets
        }

    def _found(self, place: DocAddress, score: float | None = None, key: int = 0) -> Found:
        stored = self._searcher.doc(place)
        return Found(_text(stored.get_first("id")), _text(stored.get_first("source")), score, key)

    def _held(self, place: DocAddress, version: int, hidden: bool, key: int) -> Held:
        found = self._found(place)
        return Held(found.id, found.source, version, hidden, key)


def _text(value: str | bytes | list[int] | None) -> str:
    return value if isinstance(value, str) else bytes(value or b"").decode()

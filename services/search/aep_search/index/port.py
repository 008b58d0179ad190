"""The port to a search engine: what goes in, what is asked and what comes out.

Two adapters implement it, `tantivy` (embedded) and `opensearch` (distributed); one contract suite holds
for both. Parity means the same complete set of hits, the same facet counts and, in the orders by date,
the same order. Scores, and the order by them, belong to each engine.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol, TypeAlias

from aep_search.index.query import Query

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
Sort: TypeAlias = Literal["relevance", "-date", "date"]

FACETS = ("type", "kind", "language", "publication", "objective", "partner")
MOST_HITS = 100
"""Hits on one page."""
DEPTH = 10_000
"""Hits that paging by relevance reaches. Whoever reads everything asks for an order by date."""
MOST_FACET_VALUES = 200
"""Values of one facet that are answered, those with most documents first."""


@dataclass(frozen=True, slots=True)
class Text:
    """A document's text in one language."""

    title: str
    body: str = ""


@dataclass(frozen=True, slots=True)
class IndexDocument:
    """A public record as the index holds it. Days count from 1970-01-01."""

    id: str
    """Type and UUID, "<type>:<uuid>"."""
    version: int
    """The external version: only a newer one replaces what the index holds."""
    type: str
    kind: str | None = None
    hidden: bool = False
    """A removed or unpublished record. Of it the index keeps id and version only, never a word."""
    texts: Mapping[str, Text] = field(default_factory=dict)
    """By BCP 47 tag."""
    publication: str | None = None
    objectives: tuple[str, ...] = ()
    partners: tuple[str, ...] = ()
    starts: int | None = None
    ends: int | None = None
    """An interval with one end missing is open on that side; with both missing, there is no date."""
    rank_date: int | None = None
    """The day that the orders by date sort by; documents without one come last in both."""
    stored: Mapping[str, Json] = field(default_factory=dict)
    """Returned with a hit as it is: address, reference, slug."""


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """A query, filters that must all hold, and the page wanted. A filter accepts any of its values."""

    query: Query = field(default_factory=Query)
    types: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    """Documents that have a text in one of these languages."""
    publication: str | None = None
    objective: str | None = None
    partner: str | None = None
    date_from: int | None = None
    date_to: int | None = None
    """Documents whose interval shares a day with this one, both ends included."""
    sort: Sort = "relevance"
    """Without any words to match, "relevance" means "-date"."""
    limit: int = 10
    cursor: str | None = None
    facets: tuple[str, ...] = FACETS
    prefer: tuple[str, ...] = ()
    """The reader's languages: which text of a hit is shown when several match."""

    def filters(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """The facets that are filtered by, with the values accepted."""
        single = (self.publication, self.objective, self.partner)
        chosen = (self.types, self.kinds, self.languages, *(() if one is None else (one,) for one in single))
        return ((facet, values) for facet, values in zip(FACETS, chosen, strict=True) if values)


@dataclass(frozen=True, slots=True)
class Highlighted:
    """A text and the half-open ranges in it that match, in code points."""

    text: str
    ranges: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """A document found; title and snippet are those of the text in `language`."""

    id: str
    type: str
    kind: str | None
    score: float | None
    """Comparable within one answer only; none in the orders by date."""
    language: str | None
    title: Highlighted
    snippet: Highlighted
    texts: Mapping[str, Text]
    stored: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class FacetCount:
    """How many documents have the value."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class Total:
    """The number of hits on all pages."""

    value: int
    relation: Literal["exact", "at-least"] = "exact"


@dataclass(frozen=True, slots=True)
class SearchResult:
    """One page. A facet counts the documents that match everything but the filter on that facet itself."""

    total: Total
    hits: tuple[Hit, ...]
    facets: Mapping[str, tuple[FacetCount, ...]]
    next: str | None
    """The cursor of the next page; it is good for the same request only."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one document of a write.

    "older": the index holds this version or a newer one. "refused": the document can never be indexed as
    it is. "failed": the engine could not take it now, and the same write may succeed later.
    """

    id: str
    status: Literal["written", "older", "refused", "failed"]
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class DumpedDocument:
    """A document, hidden or not, with a digest of everything but its version."""

    id: str
    version: int
    hidden: bool
    digest: str


class SearchIndex(Protocol):
    """Indexes by name, one of them active. Every operation may raise `SearchUnavailable`."""

    async def open(self) -> None:
        """Makes ready; does not create an index."""

    async def close(self) -> None:
        """Ends everything; what was written stays."""

    async def create(self, name: str) -> None:
        """An empty index; `IndexExists` when there is one. Names come from `names.index_name`."""

    async def write(self, name: str, documents: Sequence[IndexDocument]) -> list[Outcome]:
        """Writes each document that is newer than what the index holds; durable on return, in order."""

    async def refresh(self, name: str) -> None:
        """Makes everything written visible to searches."""

    async def search(self, request: SearchRequest) -> SearchResult:
        """One page of the active index; `NoActiveIndex` without one. Hidden documents do not exist here."""

    async def activate(self, name: str) -> None:
        """Makes it the index that is searched, in one step."""

    async def active(self) -> str | None:
        """The name of the index that is searched."""

    async def names(self) -> list[str]:
        """The names of all indexes, sorted."""

    async def drop(self, name: str) -> None:
        """Removes an index; the active one is refused with `IndexInUse`."""

    async def count(self, name: str) -> int:
        """How many documents are visible, as of the last refresh."""

    def dump(self, name: str) -> AsyncIterator[DumpedDocument]:
        """Every document as of the last refresh, so that a rebuilt index can be proven equal."""

    async def purge_hidden(self, name: str, older_than: datetime) -> int:
        """Forgets documents that were hidden before the instant; the number of them."""

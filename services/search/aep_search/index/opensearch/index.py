"""The distributed search engine: OpenSearch over HTTP."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from aep_search.index.cursor import checked, decode, encode
from aep_search.index.errors import DocumentRefused, IndexInUse, IndexMissing, NoActiveIndex, SearchUnavailable
from aep_search.index.hits import facet_counts, hit
from aep_search.index.names import checked as checked_name
from aep_search.index.opensearch.client import Client
from aep_search.index.opensearch.query import body
from aep_search.index.opensearch.schema import BULK_BYTES, index_body, lines, write_alias
from aep_search.index.port import DEPTH, DumpedDocument, IndexDocument, Outcome, SearchRequest, SearchResult, Total
from aep_search.index.prepare import digest, prepare

_DUMP_PAGE = 500
_BULKS_AT_ONCE = 2
_PREPARED_AT_ONCE = 200

_Bulk = tuple[list[int], bytes]


class OpenSearchIndex:
    """The port `SearchIndex` over OpenSearch. The names of all its indexes begin with the alias."""

    def __init__(
        self,
        url: str,
        alias: str = "aep-search",
        *,
        deadline: float = 5.0,
        write_deadline: float = 30.0,
        connections: int = 20,
        replicas: str = "0-1",
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`deadline` is for a search, `write_deadline` for any other call, both in seconds."""
        self._url = url
        self._alias = checked_name(alias)
        self._deadline = deadline
        self._write_deadline = write_deadline
        self._connections = connections
        self._replicas = replicas
        self._clock = clock

    async def open(self) -> None:
        """Makes the client; the server is met at the first call."""
        self._client = Client(self._url, self._connections)

    async def close(self) -> None:
        """Ends the connections."""
        await self._client.close()

    async def create(self, name: str) -> None:
        """An empty index with a strict mapping."""
        await self._call("PUT", self._path(name), index_body(name, self._replicas))

    async def write(self, name: str, documents: Sequence[IndexDocument]) -> list[Outcome]:
        """Two bulks are on the way while the next documents are analysed; every item is looked at.

        The same document twice may overtake itself; its version decides, whichever comes first.
        """
        self._path(name)
        outcomes: dict[int, Outcome] = {}
        room = asyncio.Semaphore(_BULKS_AT_ONCE)
        try:
            async with asyncio.TaskGroup() as group:
                async for numbers, payload in self._bulks(documents, outcomes):
                    await room.acquire()
                    sending = group.create_task(self._bulk(name, numbers, payload, documents, outcomes))
                    sending.add_done_callback(lambda _: room.release())
        except ExceptionGroup as several:
            raise several.exceptions[0] from several
        return [outcomes[number] for number in range(len(documents))]

    async def refresh(self, name: str) -> None:
        """Lets searches see everything written."""
        await self._call("POST", f"{self._path(name)}/_refresh")

    async def search(self, request: SearchRequest) -> SearchResult:
        """Searches behind the alias; a partial answer counts as none, since parity is about all hits."""
        request = checked(request)
        position = decode(request, 3 if request.sort == "relevance" else 1)
        after = position[-2:] if position and request.sort == "relevance" else position
        shown = int(position[0]) if position and request.sort == "relevance" else 0
        try:
            answer = await self._client.call(
                "POST",
                f"/{self._alias}/_search",
                body(request, after, self._deadline),
                seconds=self._deadline,
                allow_partial_search_results="false",
            )
        except IndexMissing as problem:
            raise NoActiveIndex("no index is active yet") from problem
        if answer["timed_out"]:
            raise SearchUnavailable("the search engine ran out of time")
        # Highlights are computed, so the event loop is spared.
        return await asyncio.to_thread(_result, request, answer, shown)

    async def activate(self, name: str) -> None:
        """Moves the alias, for all searches at once."""
        path = self._path(name)
        remove = {"index": f"{self._alias}-*", "alias": self._alias, "must_exist": False}
        add = {"index": path[1:], "alias": self._alias}
        await self._call("POST", "/_aliases", {"actions": [{"remove": remove}, {"add": add}]})

    async def active(self) -> str | None:
        """The index behind the alias."""
        try:
            answer = await self._call("GET", f"/_alias/{self._alias}")
        except IndexMissing:
            return None
        return str(next(iter(answer)))

    async def names(self) -> list[str]:
        """The indexes whose names begin with the alias."""
        answer = await self._call("GET", f"/_cat/indices/{self._alias}-*", format="json", h="index")
        return sorted(row["index"] for row in answer)

    async def drop(self, name: str) -> None:
        """Removes an index that is not behind the alias."""
        if await self.active() == name:
            raise IndexInUse(f"{name} is the active index")
        await self._call("DELETE", self._path(name))

    async def count(self, name: str) -> int:
        """Visible documents."""
        answer = await self._call("POST", f"{self._path(name)}/_count", {"query": {"term": {"hidden": False}}})
        return int(answer["count"])

    async def dump(self, name: str) -> AsyncIterator[DumpedDocument]:
        """Reads in the order of the sort key, page by page."""
        wanted: dict[str, Any] = {"size": _DUMP_PAGE, "sort": ["oldest"], "version": True}
        wanted["_source"] = ["source", "hidden"]
        while True:
            answer = await self._call("POST", f"{self._path(name)}/_search", wanted)
            page = answer["hits"]["hits"]
            for one in page:
                held = one["_source"]
                yield DumpedDocument(one["_id"], one["_version"], held["hidden"], digest(held["source"]))
            if len(page) < _DUMP_PAGE:
                return
            wanted["search_after"] = page[-1]["sort"]

    async def purge_hidden(self, name: str, older_than: datetime) -> int:
        """Deletes what was hidden before the instant; what is written meanwhile stays."""
        before = {"range": {"written": {"lt": int(older_than.timestamp())}}}
        query = {"query": {"bool": {"filter": [{"term": {"hidden": True}}, before]}}}
        path = f"{self._path(name)}/_delete_by_query"
        answer = await self._call("POST", path, query, conflicts="proceed", refresh="true")
        return int(answer["deleted"])

    async def _bulks(self, documents: Sequence[IndexDocument], refused: dict[int, Outcome]) -> AsyncIterator[_Bulk]:
        """Bodies of at most `BULK_BYTES`, each with the numbers of its documents; a longer one goes alone."""
        numbers: list[int] = []
        body = bytearray()
        for first in range(0, len(documents), _PREPARED_AT_ONCE):
            some = documents[first : first + _PREPARED_AT_ONCE]
            made = await asyncio.to_thread(_lines, some, int(self._clock()))
            for number, line in enumerate(made, first):
                if isinstance(line, Outcome):
                    refused[number] = line
                    continue
                if body and len(body) + len(line) > BULK_BYTES:
                    yield numbers, bytes(body)
                    numbers, body = [], bytearray()
                numbers.append(number)
                body += line
        if body:
            yield numbers, bytes(body)

    async def _bulk(
        self,
        name: str,
        numbers: Sequence[int],
        payload: bytes,
        documents: Sequence[IndexDocument],
        outcomes: dict[int, Outcome],
    ) -> None:
        # The alias must exist: a bulk to a dropped index would create another one, without our mapping.
        path = f"/{write_alias(name)}/_bulk"
        answer = await self._call("POST", path, payload, require_alias="true")
        for number, item in zip(numbers, answer["items"], strict=True):
            outcomes[number] = _outcome(documents[number].id, item["index"])

    def _path(self, name: str) -> str:
        if not checked_name(name).startswith(f"{self._alias}-"):
            raise ValueError(f"the index {name} is not one of {self._alias}")
        return f"/{name}"

    async def _call(self, method: Any, path: str, sent: Mapping[str, Any] | bytes | None = None, **params: str) -> Any:
        return await self._client.call(method, path, sent, seconds=self._write_deadline, **params)


def _lines(documents: Sequence[IndexDocument], now: int) -> list[bytes | Outcome]:
    return [_line(one, now) for one in documents]


def _line(document: IndexDocument, now: int) -> bytes | Outcome:
    try:
        return lines(prepare(document), now)
    except DocumentRefused as problem:
        return Outcome(document.id, "refused", str(problem))


def _outcome(id: str, item: Mapping[str, Any]) -> Outcome:
    """What became of one item: a bulk answers 200 whatever happened to its items."""
    status = item["status"]
    if status < 300:
        return Outcome(id, "written")
    reason = f"{item['error']['type']}: {item['error'].get('reason', '')}"[:500]
    if item["error"]["type"] == "version_conflict_engine_exception":
        return Outcome(id, "older")
    if item["error"]["type"] == "index_not_found_exception":
        raise IndexMissing(reason)
    return Outcome(id, "refused" if status == 400 else "failed", reason)


def _result(request: SearchRequest, answer: Mapping[str, Any], shown: int) -> SearchResult:
    found = answer["hits"]["hits"]
    page = found[: request.limit]
    if request.sort == "relevance":
        page = page[: max(0, DEPTH - shown)]
    hits = tuple(hit(request, one["_id"], one["_score"], one["_source"]["source"]) for one in page)
    return SearchResult(_total(answer), hits, dict(_facets(request, answer)), _next(request, found, page, shown))


def _next(request: SearchRequest, found: Sequence[Any], page: Sequence[Any], shown: int) -> str | None:
    end = shown + len(page)
    if not page or len(found) == len(page) or (request.sort == "relevance" and end >= DEPTH):
        return None
    position = page[-1]["sort"]
    return encode(request, [end, *position] if request.sort == "relevance" else position)


def _total(answer: Mapping[str, Any]) -> Total:
    total = answer["hits"]["total"]
    return Total(total["value"], "exact" if total["relation"] == "eq" else "at-least")


def _facets(request: SearchRequest, answer: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for facet in request.facets:
        buckets = answer["aggregations"][facet]["values"]["buckets"]
        yield facet, facet_counts([(bucket["key"], bucket["doc_count"]) for bucket in buckets])

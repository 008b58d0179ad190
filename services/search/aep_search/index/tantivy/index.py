"""The embedded search engine: Tantivy, in folders below a path, in this process.

One thread writes, two search, so the event loop never waits for a disk. A write is on the disk when it
returns. Only one process may have the folder open.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import structlog

from aep_search.index.cursor import checked, decode, encode
from aep_search.index.errors import EngineFailed, NoActiveIndex, SearchError, SearchUnavailable
from aep_search.index.hits import hit
from aep_search.index.port import DEPTH, DumpedDocument, IndexDocument, Outcome, SearchRequest, SearchResult, Total
from aep_search.index.prepare import digest
from aep_search.index.tantivy.folder import Folder
from aep_search.index.tantivy.store import Store, make

log = structlog.get_logger()

_T = TypeVar("_T")
_DUMP_PAGE = 500


class TantivyIndex:
    """The port `SearchIndex` over Tantivy."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self._folder = Folder(path)
        self._clock = clock
        self._stores: dict[str, Store] = {}
        self._live: Store | None = None
        self._opened = False

    async def open(self) -> None:
        """Takes the folder and opens the active index."""
        self._writing = ThreadPoolExecutor(1, "search-write")
        self._reading = ThreadPoolExecutor(2, "search-read")
        self._opened = True
        try:
            await self._write(self._open)
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Ends both kinds of threads and gives the folder up; harmless before `open`."""
        if not self._opened:
            return
        self._opened = False
        await self._write(self._close)
        self._writing.shutdown()
        self._reading.shutdown()

    async def create(self, name: str) -> None:
        """An empty index in a folder of its own."""
        await self._write(lambda: self._folder.create(name, make))

    async def write(self, name: str, documents: Sequence[IndexDocument]) -> list[Outcome]:
        """Writes and commits in the writing thread; one commit for all documents."""
        return await self._write(lambda: self._store(name).write(documents, int(self._clock())))

    async def refresh(self, name: str) -> None:
        """Lets searches see the last commit."""
        await self._write(lambda: self._store(name).refresh())

    async def search(self, request: SearchRequest) -> SearchResult:
        """Searches the active index as it is now, whatever is activated meanwhile."""
        request, store = checked(request), self._live
        if store is None:
            raise NoActiveIndex("no index is active yet")
        return await self._read(lambda: _search(store, request))

    async def activate(self, name: str) -> None:
        """Replaces the pointer file, then the index that searches take."""
        await self._write(lambda: self._activate(name))

    async def active(self) -> str | None:
        """What the pointer file says."""
        return await self._write(self._folder.active)

    async def names(self) -> list[str]:
        """The folders of indexes."""
        return await self._write(self._folder.names)

    async def drop(self, name: str) -> None:
        """Removes the folder; a search under way keeps its files until it is done."""
        await self._write(lambda: self._drop(name))

    async def count(self, name: str) -> int:
        """Visible documents."""
        store = await self._write(lambda: self._store(name))
        return await self._read(store.snapshot().visible)

    async def dump(self, name: str) -> AsyncIterator[DumpedDocument]:
        """Reads one snapshot, page by page."""
        store = await self._write(lambda: self._store(name))
        snapshot, last = store.snapshot(), None
        while True:
            page = await self._read(lambda after=last: snapshot.dump(after, _DUMP_PAGE))  # type: ignore[misc]
            for found in page:
                yield DumpedDocument(found.id, found.version, found.hidden, digest(found.source))
            if len(page) < _DUMP_PAGE:
                return
            last = page[-1].key

    async def purge_hidden(self, name: str, older_than: datetime) -> int:
        """Deletes what was hidden before the instant."""
        return await self._write(lambda: self._store(name).purge_hidden(int(older_than.timestamp())))

    def _open(self) -> None:
        self._folder.open()
        if (name := self._folder.active()) is not None:
            try:
                self._live = self._store(name)
            except BaseException as problem:
                if not _is_damage(problem):
                    raise
                # The index is derived: without an active one the indexer builds another.
                log.error("the index cannot be read and is built again", index=name, problem=str(problem))
                self._folder.set_aside(name)

    def _close(self) -> None:
        self._live = None
        for store in self._stores.values():
            store.close()
        self._stores.clear()
        self._folder.close()

    def _store(self, name: str) -> Store:
        """The open index of that name; called in the writing thread only."""
        path = self._folder.path_of(name)
        if name not in self._stores:
            self._stores[name] = Store(path)
        return self._stores[name]

    def _activate(self, name: str) -> None:
        store = self._store(name)
        self._folder.activate(name)
        self._live = store

    def _drop(self, name: str) -> None:
        self._folder.drop(name)
        if (store := self._stores.pop(name, None)) is not None:
            store.close(wait=True)

    async def _write(self, work: Callable[[], _T]) -> _T:
        return await _run(self._writing, work)

    async def _read(self, work: Callable[[], _T]) -> _T:
        return await _run(self._reading, work)


async def _run(threads: ThreadPoolExecutor, work: Callable[[], _T]) -> _T:
    return await asyncio.get_running_loop().run_in_executor(threads, _guarded, work)


def _guarded(work: Callable[[], _T]) -> _T:
    try:
        return work()
    except SearchError:
        raise
    except OSError as problem:
        raise SearchUnavailable(f"the index cannot be read or written: {problem}") from problem
    except BaseException as problem:
        # A panic inside the engine is no Exception, and would end the event loop's task without a trace.
        if _is_panic(problem):
            raise EngineFailed(f"the engine failed: {problem}") from problem
        raise


def _is_panic(error: BaseException) -> bool:
    return type(error).__name__ == "PanicException"


def _is_damage(error: BaseException) -> bool:
    """Whether an index could not be opened for what it holds: files that are missing or damaged, or another format."""
    return isinstance(error, ValueError) or _is_panic(error)


def _search(store: Store, request: SearchRequest) -> SearchResult:
    snapshot = store.snapshot()
    query = snapshot.compiler.compile(request)
    position = decode(request, 1)
    if request.sort == "relevance":
        offset = int(position[0]) if position else 0
        total, found = snapshot.by_score(query, request.limit, offset)
        end = offset + len(found)
        following = encode(request, [end]) if found and end < min(total, DEPTH) else None
    else:
        field = "newest" if request.sort == "-date" else "oldest"
        # One more than asked for shows whether there is a next page.
        after = int(position[0]) if position else None
        total, found = snapshot.by_key(query, request.limit + 1, field, after)
        more, found = len(found) > request.limit, found[: request.limit]
        following = encode(request, [found[-1].key]) if found and more else None
    hits = tuple(hit(request, one.id, one.score, one.source) for one in found)
    return SearchResult(Total(total), hits, snapshot.facets(request), following)

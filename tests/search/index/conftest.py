"""One search index for each engine, empty and active, for the contract suite."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from opensearchpy import OpenSearch

from aep_engines import OpenSearch as Server
from aep_search.index.opensearch.index import OpenSearchIndex
from aep_search.index.port import SearchIndex
from aep_search.index.tantivy.index import TantivyIndex
from tests.search.index.support import NAME, Clock, Prepared

ENGINES = ("tantivy", "opensearch")


@pytest.fixture
def opensearch_url(opensearch: Server) -> str:
    """The address of an OpenSearch that tests may write to."""
    return opensearch.url


@pytest.fixture
def alias() -> str:
    """What the names of this test's indexes begin with."""
    return f"test-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def clock() -> Clock:
    return Clock()


Make = Callable[[str], SearchIndex]


@pytest.fixture
def make(request: pytest.FixtureRequest, tmp_path: Path, alias: str, clock: Clock) -> Iterator[Make]:
    """Makes an adapter over the same data at each call, as a restart does; a server forgets them afterwards."""
    served: list[str] = []

    def make_one(engine: str) -> SearchIndex:
        if engine == "tantivy":
            return TantivyIndex(tmp_path / "index", clock=clock)
        url = request.getfixturevalue("opensearch_url")
        served.append(url)
        return OpenSearchIndex(url, alias=alias, clock=clock)

    yield make_one
    for url in served[:1]:
        with OpenSearch(hosts=[url]) as client:
            client.indices.delete(index=f"{alias}-*", params={"ignore_unavailable": "true"})


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def index(make: Make, engine: str, alias: str) -> AsyncIterator[Prepared]:
    """An open adapter with an empty active index."""
    async with Prepared(make(engine), f"{alias}-{NAME}") as prepared:
        yield prepared


@pytest.fixture
async def both(make: Make, alias: str) -> AsyncIterator[tuple[Prepared, Prepared]]:
    """Both engines side by side."""
    async with (
        Prepared(make("tantivy"), f"{alias}-{NAME}") as embedded,
        Prepared(make("opensearch"), f"{alias}-{NAME}") as distributed,
    ):
        yield embedded, distributed

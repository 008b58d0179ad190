"""What only the distributed engine can get wrong: its server away, slow, or refusing single items."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from opensearchpy import OpenSearch

from aep_search.index.errors import SearchError, SearchUnavailable
from aep_search.index.opensearch import index as opensearch
from aep_search.index.opensearch.index import OpenSearchIndex
from aep_search.index.port import SearchRequest
from aep_search.index.prepare import prepare
from tests.search.index.support import Prepared, asked, doc

Handler = Callable[[bytes], Awaitable[tuple[int, Any]]]


@asynccontextmanager
async def server(handle: Handler) -> AsyncIterator[str]:
    """A server that answers every request as `handle` says."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
                body = await reader.readexactly(int(length[0].split(b":")[1])) if length else b""
                status, answer = await handle(body)
                sent = json.dumps(answer).encode()
                first = f"HTTP/1.1 {status} X\r\ncontent-type: application/json\r\n"
                writer.write(f"{first}content-length: {len(sent)}\r\n\r\n".encode() + sent)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    finally:
        listening.close()


@asynccontextmanager
async def client(url: str) -> AsyncIterator[OpenSearchIndex]:
    port = OpenSearchIndex(url, alias="test-x", deadline=0.3, write_deadline=0.3)
    await port.open()
    yield port
    await port.close()


def calls(port: OpenSearchIndex) -> list[Callable[[], Awaitable[Any]]]:
    return [
        lambda: port.search(SearchRequest()),
        lambda: port.write("test-x-a", [doc("text")]),
        lambda: port.create("test-x-a"),
        lambda: port.active(),
        lambda: port.names(),
        lambda: port.count("test-x-a"),
        lambda: anext(port.dump("test-x-a")),
    ]


async def test_server_that_is_away_is_unavailable() -> None:
    async with server(_silent) as url:
        pass
    async with client(url) as port:
        for call in calls(port):
            with pytest.raises(SearchUnavailable):
                await call()


async def test_silent_server_is_given_up_at_the_deadline() -> None:
    async with server(_silent) as url, client(url) as port:
        for call in calls(port):
            with pytest.raises(SearchUnavailable):
                # The outer limit only keeps a broken deadline from hanging the suite.
                await asyncio.wait_for(call(), 20)


async def _silent(_: bytes) -> tuple[int, Any]:
    await asyncio.sleep(60)
    raise AssertionError("the deadline should have come first")


@pytest.mark.parametrize("status", [401, 403, 429, 500, 502, 503, 504])
async def test_failing_server_is_unavailable(status: int) -> None:
    async def refuse(_: bytes) -> tuple[int, Any]:
        return status, {"error": {"type": "x", "reason": "y", "root_cause": []}, "status": status}

    async with server(refuse) as url, client(url) as port:
        for call in calls(port):
            with pytest.raises(SearchUnavailable):
                await call()


async def test_answer_of_something_else_is_unavailable() -> None:
    async def welcome(_: bytes) -> tuple[int, Any]:
        return 200, "Welcome to the proxy"

    async with server(welcome) as url, client(url) as port:
        for call in calls(port):
            with pytest.raises(SearchUnavailable):
                await call()


async def test_partial_answer_is_none() -> None:
    async def late(_: bytes) -> tuple[int, Any]:
        return 200, {"timed_out": True, "hits": {"total": {"value": 1, "relation": "eq"}, "hits": []}}

    async with server(late) as url, client(url) as port:
        with pytest.raises(SearchUnavailable):
            await port.search(SearchRequest())


async def test_every_item_of_a_bulk_is_looked_at() -> None:
    conflict = {"type": "version_conflict_engine_exception", "reason": "newer"}
    busy = {"type": "rejected_execution_exception", "reason": "queue full"}
    strict = {"type": "strict_dynamic_mapping_exception", "reason": "field"}

    async def mixed(_: bytes) -> tuple[int, Any]:
        found = [(201, None), (409, conflict), (429, busy), (400, strict), (200, None)]
        items = [{"index": {"status": status, "error": error}} for status, error in found]
        return 200, {"errors": True, "items": items}

    async with server(mixed) as url, client(url) as port:
        outcomes = await port.write("test-x-a", [doc(str(number)) for number in range(5)])

    assert [one.status for one in outcomes] == ["written", "older", "failed", "refused", "written"]
    assert "queue full" in (outcomes[2].reason or "")


async def test_bulks_are_cut_by_bytes_and_answered_in_order(
    monkeypatch: pytest.MonkeyPatch, both: tuple[Prepared, Prepared]
) -> None:
    index = both[1]
    monkeypatch.setattr(opensearch, "BULK_BYTES", 5_000)
    documents = [doc(f"text {number} " * (number % 7), name=str(number)) for number in range(450)]
    documents[200] = replace(documents[200], version=-1)

    outcomes = await index.add(*documents)

    assert [one.id for one in outcomes] == [one.id for one in documents]
    assert [one.status for one in outcomes].count("written") == 449
    assert outcomes[200].status == "refused"
    assert await index.port.count(index.name) == 449


async def test_no_bulk_exceeds_its_bytes_but_for_one_long_document(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opensearch, "BULK_BYTES", 3_000)
    sizes: list[tuple[int, int]] = []

    async def take(body: bytes) -> tuple[int, Any]:
        number = body.count(b'"version_type"')
        sizes.append((number, len(body)))
        return 200, {"items": [{"index": {"status": 201}}] * number}

    texts = ["short"] * 10 + ["long " * 2000] + ["short"] * 10
    async with server(take) as url, client(url) as port:
        outcomes = await port.write("test-x-a", [doc(text) for text in texts])

    assert len(outcomes) == sum(number for number, _ in sizes) == 21
    assert all(size <= 3_000 or number == 1 for number, size in sizes)
    assert max(number for number, _ in sizes) > 1


async def test_mapping_refuses_an_unknown_field(
    monkeypatch: pytest.MonkeyPatch, both: tuple[Prepared, Prepared]
) -> None:
    index = both[1]
    plain = prepare(doc("text"))
    odd = replace(plain, facets={**plain.facets, "surprise": ("x",)})
    monkeypatch.setattr(opensearch, "prepare", lambda document: odd if document.kind == "odd" else prepare(document))

    outcomes = await index.add(doc("good"), doc("bad", kind="odd"), doc("fine"))

    assert [one.status for one in outcomes] == ["written", "refused", "written"]
    assert "strict_dynamic_mapping_exception" in (outcomes[1].reason or "")


async def test_write_after_a_drop_makes_no_index(both: tuple[Prepared, Prepared], opensearch_url: str) -> None:
    """A server makes a missing index by itself, with a guessed mapping, unless it is told not to."""
    index = both[1]
    other = f"{index.name}-other"
    await index.port.create(other)
    await index.port.drop(other)

    with pytest.raises(SearchError):
        await index.port.write(other, [doc("text")])

    with OpenSearch(hosts=[opensearch_url]) as server:
        assert not server.indices.exists(index=other)
        assert not server.indices.exists(index=f"{other}.write")


async def test_searches_need_no_expensive_queries(both: tuple[Prepared, Prepared], opensearch_url: str) -> None:
    index = both[1]
    await index.add("lifelong learning education")
    with OpenSearch(hosts=[opensearch_url]) as server:
        settings = {"transient": {"search.allow_expensive_queries": False}}
        server.cluster.put_settings(body=settings)
        try:
            for query in ('learning "lifelong learning" educ* -other', "LLL", ""):
                assert await index.find(query, date_from=None, types=("paragraph",))
        finally:
            settings["transient"]["search.allow_expensive_queries"] = None  # type: ignore[assignment]
            server.cluster.put_settings(body=settings)


async def test_two_processes_write_with_one_order_of_versions(
    both: tuple[Prepared, Prepared], opensearch_url: str, alias: str
) -> None:
    index = both[1]
    second = OpenSearchIndex(opensearch_url, alias=alias)
    await second.open()
    try:
        writers = (index.port, second)
        made = [doc(f"version {number}", name="same", version=number) for number in range(1, 41)]
        await asyncio.gather(*(writers[one.version % 2].write(index.name, [one]) for one in made))
        await index.port.refresh(index.name)
    finally:
        await second.close()

    assert await index.find("") == ["version 40"]
    assert (await index.port.search(asked(""))).total.value == 1

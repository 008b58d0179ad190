"""A real server on loopback: whoever sends slowly holds nothing that others need, and not for long."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
import uvicorn
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.types import ASGIApp

from aep_shared.access.actor import Actor
from aep_shared.access.policy import PUBLIC, guarded_by
from aep_shared.http import body
from aep_shared.http.edge import CurrentActor, Session
from aep_shared.web import server
from aep_shared.web.proxies import networks
from aep_shared.web.server import PatientProtocol, server_config
from tests.shared.flowing import until
from tests.shared.http.conftest import Small, as_


def office(actor: Actor) -> bool:
    return actor.has("officer")


@contextlib.asynccontextmanager
async def _serving(app: ASGIApp, trusted: str = "") -> AsyncIterator[int]:
    serves = uvicorn.Server(server_config(app, "127.0.0.1", 0, networks(trusted)))
    serves.capture_signals = contextlib.nullcontext  # type: ignore[method-assign, assignment]
    serving = asyncio.create_task(serves.serve())
    await until(lambda: serves.started)
    yield serves.servers[0].sockets[0].getsockname()[1]
    serves.should_exit = serves.force_exit = True
    await serving


@pytest.fixture
async def port(small: Small) -> AsyncIterator[int]:
    @small.router.post("/office", **guarded_by(office))
    async def act(given: dict[str, Any], actor: Actor = CurrentActor) -> dict[str, Any]:
        actor.must(office)
        return given

    @small.router.get("/rows", **guarded_by(PUBLIC))
    async def read(session: AsyncSession = Session) -> int:
        return int(await session.scalar(text("SELECT 1")) or 0)

    async with _serving(small.app()) as found:
        yield found


async def _opened(port: int, sent: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent.encode())
    await writer.drain()
    return reader, writer


def _head(key: int, authorization: str) -> str:
    return (
        f"POST /api/events/v1/office HTTP/1.1\r\nHost: x\r\nAuthorization: {authorization}\r\n"
        f"Idempotency-Key: {key}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{{"
    )


async def test_twenty_bodies_that_never_come_take_no_connection(small: Small, port: int) -> None:
    authorization = as_("alice")["Authorization"]
    slow = [await _opened(port, _head(n, authorization)) for n in range(20)]
    try:
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}/api/events/v1") as client:
            answers = await asyncio.gather(*(client.get("/rows") for _ in range(50)))
            assert {answer.status_code for answer in answers} == {200}
            async with small.database.reading() as session:
                assert await session.scalar(_IDLE_IN_TRANSACTION) == 0
        lines = await asyncio.gather(*(reader.readline() for reader, _ in slow))
        assert {line.split()[1] for line in lines} == {b"408"}
        await asyncio.gather(*(reader.read() for reader, _ in slow))
    finally:
        for _, writer in slow:
            writer.close()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PatientProtocol, "header_seconds", 0.5)
    monkeypatch.setattr(body, "PATIENCE_SECONDS", 1.0)


@pytest.mark.parametrize("sent", ["", "GET /", "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "])
async def test_headers_that_do_not_come_end_the_connection(port: int, sent: str) -> None:
    reader, writer = await _opened(port, sent)
    assert await reader.read() == b""
    writer.close()


async def test_head_is_answered_as_get_would_be_and_without_the_body(port: int) -> None:
    reader, writer = await _opened(port, "HEAD /api/events/v1/rows HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    head, end, body = (await asyncio.wait_for(reader.read(), 20)).partition(b"\r\n\r\n")
    writer.close()
    assert head.startswith(b"HTTP/1.1 200")
    assert b"content-length: 1" in head.lower()
    assert (end, body) == (b"\r\n\r\n", b"")


async def test_the_second_request_of_a_connection_has_no_more_time(port: int) -> None:
    first = "GET /api/events/v1/rows HTTP/1.1\r\nHost: x\r\n\r\n"
    reader, writer = await _opened(port, first)
    assert (await reader.readline()).split()[1] == b"200"
    writer.write(b"GET /api/events/v1/rows HTTP/1.1\r\nX-Slow: ")
    await reader.read()
    writer.close()


async def _first_line(port: int, address: str) -> tuple[bytes, asyncio.StreamWriter]:
    """What somebody at this address is answered, and the connection, which stays open where the server lets it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(address, 0))
    with contextlib.suppress(ConnectionError):
        writer.write(b"GET /api/events/v1/rows HTTP/1.1\r\nHost: x\r\n\r\n")
        return await reader.readline(), writer
    return b"", writer


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch, small: Small) -> ASGIApp:
    """A service whose peers may have three connections each."""
    monkeypatch.setattr(server, "MOST_OF_A_PEER", 3)

    @small.router.get("/rows", **guarded_by(PUBLIC))
    async def read() -> int:
        return 1

    return small.app()


async def test_one_address_cannot_take_the_connections_of_others(few: ASGIApp) -> None:
    async with _serving(few) as port:
        held = [await _opened(port, "GET /") for _ in range(3)]
        line, refused = await _first_line(port, "127.0.0.1")
        assert line.split()[1] == b"503"
        line, other = await _first_line(port, "127.0.0.2")
        assert line.split()[1] == b"200"
        for _, writer in (*held, (None, refused), (None, other)):
            writer.close()

        async def is_let_in() -> bool:
            line, writer = await _first_line(port, "127.0.0.1")
            writer.close()
            return line.split()[1:2] == [b"200"]

        await until(is_let_in)


async def test_a_trusted_proxy_has_the_connections_of_all_its_visitors(few: ASGIApp) -> None:
    async with _serving(few, "127.0.0.0/8") as port:
        held = [await _first_line(port, "127.0.0.1") for _ in range(6)]
        assert {line.split()[1] for line, _ in held} == {b"200"}
        for _, writer in held:
            writer.close()


def test_a_network_of_ipv6_is_one_peer() -> None:
    peers = server.Peers(())
    places = [peers.enter(f"2001:db8::{n:x}") for n in range(server.MOST_OF_A_PEER + 1)]
    assert places[-1] is None
    assert None not in places[:-1]
    assert peers.enter("2001:db8:0:1::1") is not None
    peers.leave(places[0] or "")
    assert peers.enter("2001:db8::ffff") is not None


_IDLE_IN_TRANSACTION = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'"
)


async def test_a_server_has_a_bound_for_its_connections(monkeypatch: pytest.MonkeyPatch, small: Small) -> None:
    monkeypatch.setattr(server, "MOST_CONNECTIONS", 2)
    async with _serving(small.app()) as port:
        held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            assert (await client.get("/")).status_code == 503
        for _, writer in held:
            writer.close()


async def test_no_header_takes_the_place_of_the_peer() -> None:
    peers: list[str] = []

    async def app(scope: Any, _receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            peers.append(scope["client"][0])
            await send({"type": "http.response.start", "status": 204, "headers": []})
            await send({"type": "http.response.body"})

    async with _serving(app) as port, httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        await client.get("/", headers={"X-Forwarded-For": "192.0.2.7"})
    assert peers == ["127.0.0.1"]

"""A network between a service and PostgreSQL that a test may break."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

Writer = asyncio.StreamWriter


class Network:
    """A TCP proxy in front of the server's socket."""

    def __init__(self, dsn: str) -> None:
        self._target = urlsplit(dsn)
        self._forgotten: set[Writer] = set()
        self._open: set[Writer] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.pooling = False
        """Whether it tells clients another process id than that of the server process, as poolers do."""
        self.dsn = ""
        self._port = 0

    async def start(self) -> None:
        """Listens; on the same port when it was stopped before."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self._port)
        self._port = port = self._server.sockets[0].getsockname()[1]
        self.dsn = f"postgresql://{self._target.username}:{self._target.password}@127.0.0.1:{port}{self._target.path}"

    async def stop(self) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        for writer in self._open:
            writer.close()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def forget(self) -> None:
        """As a firewall does: what is connected stays so and nothing arrives any more, only new connections work."""
        self._forgotten |= self._open

    async def _accept(self, client: asyncio.StreamReader, to_client: Writer) -> None:
        query = parse_qs(self._target.query)
        path = f"{query['host'][0]}/.s.PGSQL.{query['port'][0]}"
        server, to_server = await asyncio.open_unix_connection(path)
        self._open |= {to_client, to_server}
        for source, target in ((client, to_server), (server, to_client)):
            task = asyncio.create_task(self._carry(source, target, self.pooling and target is to_client))
            self._tasks.add(task)

    async def _carry(self, source: asyncio.StreamReader, target: Writer, renumber: bool) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65536):
                if target in self._forgotten:
                    continue
                target.write(_renumbered(data) if renumber else data)
                await target.drain()
        if target not in self._forgotten:
            target.close()


def _renumbered(data: bytes) -> bytes:
    """Another process id in the message that tells it (BackendKeyData, of 12 bytes)."""
    place = data.find(b"K" + struct.pack("!i", 12))
    return data if place < 0 else data[: place + 5] + struct.pack("!i", 4_000_000) + data[place + 9 :]


@contextlib.asynccontextmanager
async def network(dsn: str) -> AsyncIterator[Network]:
    made = Network(dsn)
    await made.start()
    try:
        yield made
    finally:
        await made.stop()

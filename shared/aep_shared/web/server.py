"""The HTTP server as every process runs it: bounds on what a connection may hold, and for how long."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from aep_shared.web.proxies import Network, peer_of

HEADER_SECONDS = 10.0
MOST_CONNECTIONS = 1000
MOST_OF_A_PEER = 100
"""Connections that one address may have, so that nobody takes all of them; an office behind one address needs few."""
KEEP_ALIVE_SECONDS = 5
_TOO_MANY = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class Peers:
    """How many connections each address has; a trusted proxy speaks for many and has no bound of its own."""

    def __init__(self, trusted: Sequence[Network]) -> None:
        self._trusted = trusted
        self._open: Counter[str] = Counter()

    def enter(self, host: str) -> str | None:
        """The name to leave by again, empty where none is counted; `None` where the address has all it may have."""
        peer = peer_of(host, self._trusted)
        if peer is None:
            return ""
        if self._open[peer] >= MOST_OF_A_PEER:
            return None
        self._open[peer] += 1
        return peer

    def leave(self, peer: str) -> None:
        self._open[peer] -= 1
        if self._open[peer] <= 0:
            del self._open[peer]


class PatientProtocol(HttpToolsProtocol):
    """Ends a connection whose request line and headers are not there in time: the server itself waits for ever.

    Also ends one whose address has too many already.
    """

    header_seconds = HEADER_SECONDS
    peers: Peers
    _peer: str | None = None
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._peer = self.peers.enter(self.client[0] if self.client else "")
        if self._peer is None:
            transport.write(_TOO_MANY)
            transport.close()
        else:
            self._wait_for_headers()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._wait_for_headers()

    def on_headers_complete(self) -> None:
        self._stop_waiting()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        if self._peer:
            self.peers.leave(self._peer)
        super().connection_lost(exc)

    def _wait_for_headers(self) -> None:
        if self._timer is None:
            self._timer = self.loop.call_later(self.header_seconds, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def server_config(app: ASGIApp, host: str, port: int, trusted: Sequence[Network], **more: Any) -> uvicorn.Config:
    """The configuration of a server; what connections beyond the bound ask for is answered with 503."""
    # A class of its own for each server, because uvicorn makes one instance for each connection.
    protocol = type("CountingProtocol", (PatientProtocol,), {"peers": Peers(trusted)})
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http=protocol,
        ws="none",
        limit_concurrency=MOST_CONNECTIONS,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        log_config=None,
        access_log=False,
        server_header=False,
        # The peer of a connection is never replaced by what a header says: `proxies` knows whom to believe.
        proxy_headers=False,
        **more,
    )

"""The HTTP server as every process runs it: bounds on what a connection may hold, and for how long."""

from __future__ import annotations

import asyncio
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEADER_SECONDS = 10.0
MOST_CONNECTIONS = 1000
KEEP_ALIVE_SECONDS = 5


class PatientProtocol(HttpToolsProtocol):
    """Ends a connection whose request line and headers are not there in time: the server itself waits for ever."""

    header_seconds = HEADER_SECONDS
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait_for_headers()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._wait_for_headers()

    def on_headers_complete(self) -> None:
        self._stop_waiting()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait_for_headers(self) -> None:
        if self._timer is None:
            self._timer = self.loop.call_later(self.header_seconds, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def server_config(app: ASGIApp, host: str, port: int, **more: Any) -> uvicorn.Config:
    """The configuration of a server; what connections beyond the bound ask for is answered with 503."""
    return uvicorn.Config(
        app, host=host, port=port, http=PatientProtocol, ws="none", limit_concurrency=MOST_CONNECTIONS,
        timeout_keep_alive=KEEP_ALIVE_SECONDS, log_config=None, access_log=False, server_header=False,
        # The peer of a connection is never replaced by what a header says: aep_shared.proxies knows whom to believe.
        proxy_headers=False, **more,
    )  # fmt: skip

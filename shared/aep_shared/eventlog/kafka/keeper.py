"""Keeps one client of aiokafka: made when it is first needed, and made anew after it failed.

A client that lost its brokers asks only addresses that it once learnt; a new one starts from the configured
addresses.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from aep_shared.eventlog.kafka.failures import FAILURES, as_port_errors
from aep_shared.eventlog.kafka.settings import KafkaSettings

Client = TypeVar("Client")


class Keeper(Generic[Client]):
    """`make` builds a client without connecting, `start` connects it, `stop` ends it."""

    def __init__(
        self,
        settings: KafkaSettings,
        make: Callable[[], Client],
        start: Callable[[Client], Awaitable[None]],
        stop: Callable[[Client], Awaitable[None]],
    ) -> None:
        self._settings = settings
        self._make, self._start, self._stop = make, start, stop
        self._client: Client | None = None
        self._lock = asyncio.Lock()
        self._endings: set[asyncio.Task[None]] = set()

    @property
    def current(self) -> Client | None:
        return self._client

    async def get(self) -> Client:
        """The connected client.

        Raises `LogUnavailable` when nobody answers within the deadline.
        """
        if self._client is not None:
            return self._client
        async with self._lock:
            if self._client is None:
                client = self._make()
                try:
                    with as_port_errors(self._settings):
                        async with asyncio.timeout(self._settings.timeout):
                            await self._start(client)
                except BaseException:
                    self._end(client)
                    raise
                self._client = client
            return self._client

    def drop(self, client: Client) -> None:
        """Forgets a client that failed; it is ended in the background, the next `get` makes another."""
        if self._client is client:
            self._client = None
            self._end(client)

    async def close(self) -> None:
        """Ends the client, within the deadline; `get` works again afterwards."""
        if self._client is not None:
            self.drop(self._client)
        while self._endings:
            await asyncio.wait(self._endings)

    def _end(self, client: Client) -> None:
        task = asyncio.create_task(self._stop_in_time(client))
        self._endings.add(task)
        task.add_done_callback(self._endings.discard)

    async def _stop_in_time(self, client: Client) -> None:
        # The library's stop may hang or raise, whatever it holds then is given up.
        with contextlib.suppress(*FAILURES):
            async with asyncio.timeout(self._settings.timeout):
                await self._stop(client)

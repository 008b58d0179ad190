"""The sender's connections: opened at once, as many as are needed and as the server lets in, closed when one fails."""

from __future__ import annotations

import asyncio
import time

import aiosmtplib

from aep_shared.mail import AWAY, SmtpServer

GROW_AFTER_SECONDS = 60.0
"""A server that let fewer in than were wanted is not asked for more before this time has passed."""


class Connections:
    """At most `most` connections to one server. `problem` says why the last one that was wanted did not open."""

    def __init__(self, server: SmtpServer, most: int) -> None:
        self._server = server
        self._open: list[aiosmtplib.SMTP] = []
        self._allowed = most
        self._grow_at = 0.0
        self.most = most
        self.problem: str | None = None

    async def ready(self, wanted: int) -> list[aiosmtplib.SMTP]:
        """Up to `wanted` open connections; the missing ones are opened at the same time, as slow greetings add up."""
        self._open = [client for client in self._open if client.is_connected]
        missing = min(wanted, self._limit()) - len(self._open)
        if missing > 0:
            opened = await asyncio.gather(*(self._opened() for _ in range(missing)))
            self._open += [client for client in opened if client is not None]
            if len(self._open) < min(wanted, self._allowed):
                self._allowed, self._grow_at = max(1, len(self._open)), time.monotonic() + GROW_AFTER_SECONDS
        return self._open[:wanted]

    def close(self) -> None:
        """Ends all of them."""
        for client in self._open:
            client.close()
        self._open = []

    def _limit(self) -> int:
        if self._allowed < self.most and time.monotonic() >= self._grow_at:
            self._allowed = self.most
        return self._allowed

    async def _opened(self) -> aiosmtplib.SMTP | None:
        try:
            client = await self._server.connect()
        except aiosmtplib.SMTPAuthenticationError as problem:
            self.problem = f"login refused: {problem.code} {problem.message}"
        except aiosmtplib.SMTPResponseException as problem:
            self.problem = f"connection refused: {problem.code} {problem.message}"
        except AWAY as problem:
            self.problem = f"{type(problem).__name__}: {problem}"
        else:
            self.problem = None
            return client
        return None

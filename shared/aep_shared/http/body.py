"""The body of a request: read whole before anything is held for it, and there again for each attempt."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
from fastapi import Request
from starlette.requests import ClientDisconnect
from starlette.types import Message

from aep_shared.errors import BodyTooSlow

PATIENCE_SECONDS = 5.0
SLOWEST_BYTES_PER_SECOND = 128 * 1024


async def read_body(request: Request) -> bytes:
    """The body; whoever sends it must begin at once and keep up a modest pace.

    Raises `BodyTooSlow`.
    """
    loop = asyncio.get_running_loop()
    begun, body = loop.time(), bytearray()
    try:
        while True:
            async with asyncio.timeout_at(begun + PATIENCE_SECONDS + len(body) / SLOWEST_BYTES_PER_SECOND):
                message = await request.receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            body += message.get("body", b"")
            if not message.get("more_body", False):
                return bytes(body)
    except TimeoutError as problem:
        raise BodyTooSlow() from problem


class WithBody(Request):
    """The request with a body that was read already: a new one for each attempt, since a form is read to its end."""

    def __init__(self, request: Request, body: bytes) -> None:
        self._waiting = [body]
        self._client = request.receive
        super().__init__(request.scope, self._give)

    async def json(self) -> Any:
        """The body as JSON of the strict kind: no lone surrogates, no NaN, no endless nesting."""
        return orjson.loads(await self.body())

    async def _give(self) -> Message:
        if self._waiting:
            return {"type": "http.request", "body": self._waiting.pop(), "more_body": False}
        return await self._client()

"""Bodies: whoever sends one keeps up a modest pace, or is given up."""

from __future__ import annotations

import asyncio

import pytest
from fastapi import Request
from starlette.types import Message

from aep_shared.errors import BodyTooSlow
from aep_shared.http import body


def _request(pieces: list[bytes], pause: float) -> Request:
    async def receive() -> Message:
        await asyncio.sleep(pause)
        return {"type": "http.request", "body": pieces.pop(0), "more_body": bool(pieces)}

    return Request({"type": "http", "method": "POST", "headers": []}, receive)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body, "PATIENCE_SECONDS", 0.1)


async def test_a_body_that_does_not_come_is_given_up() -> None:
    async with asyncio.timeout(5):
        with pytest.raises(BodyTooSlow):
            await body.read_body(_request([b"late"], 10.0))


async def test_a_body_that_trickles_is_given_up() -> None:
    async with asyncio.timeout(5):
        with pytest.raises(BodyTooSlow):
            await body.read_body(_request([b"x"] * 1000, 0.02))


async def test_a_large_body_has_as_long_as_its_pace_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body, "SLOWEST_BYTES_PER_SECOND", 1)
    async with asyncio.timeout(5):
        assert await body.read_body(_request([b"xxxx", b"yyyy"], 0.06)) == b"xxxxyyyy"

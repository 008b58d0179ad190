"""A port that was chosen is still ours when a server begins to listen on it."""

from __future__ import annotations

import asyncio
import socket

import pytest

from aep_standalone.ports import reserved_port


async def test_nobody_else_is_given_a_reserved_port_and_a_server_may_listen_on_it() -> None:
    with reserved_port() as reserved:
        port = reserved.getsockname()[1]
        with socket.socket() as other, pytest.raises(OSError, match="in use"):
            other.bind(("127.0.0.1", port))
        server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", port)
        async with server:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()

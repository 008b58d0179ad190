"""A server that dies by itself is started again, at the same address; where that does not help, this ends."""

from __future__ import annotations

import asyncio
import os
import signal
from functools import partial
from pathlib import Path

import asyncpg
import pytest

from aep_standalone.errors import ServerDied
from aep_standalone.keeper import keep_running
from aep_standalone.postgres import EmbeddedPostgres
from tests.shared.flowing import running, until
from tests.standalone.conftest import MakeServer


def _kill(server: EmbeddedPostgres) -> None:
    assert server._server is not None
    os.kill(server._server.pid, signal.SIGKILL)


async def _answers(address: str) -> bool:
    try:
        connection = await asyncpg.connect(address)
    except (OSError, asyncpg.PostgresError):
        return False
    await connection.close()
    return True


@pytest.mark.parametrize("depth", [0, 8])
async def test_a_killed_server_is_started_again_at_its_address(
    tmp_path: Path, make_server: MakeServer, depth: int
) -> None:
    server = make_server(tmp_path / ("a-folder-with-a-long-name/" * depth) / "data")
    await server.start()
    address = server.dsn("postgres")
    said: list[str] = []
    async with running(partial(keep_running, server, said.append)):
        _kill(server)
        await until(lambda: said)
        await until(partial(_answers, address), 60)
    assert said == [f"PostgreSQL ended with status {-signal.SIGKILL}; it is started again"]


async def test_a_server_that_dies_again_and_again_is_given_up(tmp_path: Path, make_server: MakeServer) -> None:
    server = make_server(tmp_path)
    await server.start()
    said: list[str] = []
    keeping = asyncio.create_task(keep_running(server, said.append, most=2))
    _kill(server)
    await until(lambda: said)
    await until(partial(_answers, server.dsn("postgres")), 60)
    _kill(server)
    with pytest.raises(ServerDied, match="2 times within a minute"):
        await asyncio.wait_for(keeping, 60)


async def test_a_server_that_cannot_be_started_again_is_told(tmp_path: Path, make_server: MakeServer) -> None:
    server = make_server(tmp_path)
    await server.start()
    keeping = asyncio.create_task(keep_running(server, lambda line: None))
    (server.folder.cluster(18) / "global/pg_control").unlink()
    _kill(server)
    with pytest.raises(ServerDied, match="pg_control"):
        await asyncio.wait_for(keeping, 60)

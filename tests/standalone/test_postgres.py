"""What the supervisor promises about a server that runs: settings, access, names, addresses."""

from __future__ import annotations

import socket
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from aep_engines.ports import own_port
from aep_standalone.errors import PortInUse
from aep_standalone.postgres import EmbeddedPostgres
from tests.standalone.conftest import MakeServer

RELIED_ON = {
    "fsync": "on",
    "full_page_writes": "on",
    "password_encryption": "scram-sha-256",
    "listen_addresses": "",
    "max_connections": "200",
    "max_prepared_transactions": "20",
    "server_encoding": "UTF8",
    "data_checksums": "on",
}


async def test_the_server_has_the_settings_that_the_platform_relies_on(running: EmbeddedPostgres) -> None:
    connection = await asyncpg.connect(running.dsn("postgres"))
    found = {name: await connection.fetchval("SELECT current_setting($1)", name) for name in RELIED_ON}
    template = "SELECT datlocprovider::text || datlocale FROM pg_database WHERE datname = 'template1'"
    locale = await connection.fetchval(template)
    await connection.close()
    assert found == RELIED_ON
    assert locale == "bC.UTF-8"


async def test_its_address_works_for_sqlalchemy(running: EmbeddedPostgres) -> None:
    url = make_url(running.dsn("postgres")).set(drivername="postgresql+asyncpg")
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        version = await connection.scalar(text("SELECT current_setting('server_version_num')::int"))
    await engine.dispose()
    assert version >= 180000


@pytest.mark.parametrize("name", ["registry", 'odd "name"/é'])
async def test_a_database_is_made_once(running: EmbeddedPostgres, name: str) -> None:
    await running.ensure_database(name)
    await running.ensure_database(name)
    connection = await asyncpg.connect(running.dsn(name))
    assert await connection.fetchval("SELECT current_database()") == name
    await connection.close()


async def test_a_wrong_password_is_refused(running: EmbeddedPostgres) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(running.dsn("postgres"), password="wrong")


def test_nobody_is_trusted(running: EmbeddedPostgres) -> None:
    rules = (running.folder.cluster(18) / "pg_hba.conf").read_text().splitlines()
    methods = {line.split()[-1] for line in rules if line and not line.startswith("#")}
    assert methods == {"scram-sha-256"}


def test_other_users_can_read_nothing(running: EmbeddedPostgres) -> None:
    files = [running.folder.path, *running.folder.path.rglob("*")]
    assert any(file.is_socket() for file in files)
    assert [file for file in files if file.lstat().st_mode & 0o077] == []


async def test_a_port_is_opened_on_request_and_asks_for_the_password(tmp_path: Path, make_server: MakeServer) -> None:
    server = make_server(tmp_path / "data", port=own_port())
    await server.start()
    right = f"postgresql://aep:{server.folder.password()}@127.0.0.1:{server.port}/postgres"
    connection = await asyncpg.connect(right)
    assert await connection.fetchval("SELECT host(inet_server_addr())") == "127.0.0.1"
    await connection.close()
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(right, password="wrong")
    await server.ensure_database("registry")


async def test_a_used_port_is_named(tmp_path: Path, make_server: MakeServer) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortInUse, match=str(port)):
            await make_server(tmp_path / "data", port=port).start()


async def test_a_path_too_long_for_a_socket_works(tmp_path: Path, make_server: MakeServer) -> None:
    server = make_server(tmp_path / ("a-folder-with-a-long-name/" * 8) / "data")
    await server.start()
    await server.ensure_database("registry")
    connection = await asyncpg.connect(server.dsn("registry"))
    link = server._address
    assert link.is_symlink()
    assert link.parent.stat().st_mode & 0o077 == 0
    await connection.close()
    await server.stop()
    assert not link.parent.exists()

"""`aep up` as a process: what it does when PostgreSQL dies, and what it leaves when it cannot start."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import stat
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import httpx2
import orjson

from aep_engines.ports import own_port
from aep_standalone.postgres import EmbeddedPostgres
from aep_standalone.processes import processes_in
from tests.shared.flowing import until
from tests.standalone.conftest import MakeServer

AEP = Path(sys.executable).with_name("aep")


class Up:
    """A running `aep up`."""

    def __init__(self, process: asyncio.subprocess.Process, data: Path, url: str, log: Path) -> None:
        self.process = process
        self.data = data
        self.url = url
        self.log = log

    async def is_ready(self) -> bool:
        assert self.process.returncode is None, self.log.read_text()
        return f"ready {self.url}" in self.log.read_text()

    async def answers(self) -> bool:
        """Whether a service reads its database."""
        async with httpx2.AsyncClient(trust_env=False) as client:
            with contextlib.suppress(httpx2.TransportError):
                return (await client.get(f"{self.url}/api/registry/v1/initiatives")).status_code == 200
        return False

    async def command(self, *arguments: str) -> tuple[int | None, str]:
        """Exit code and output of another `aep` command."""
        process = await asyncio.create_subprocess_exec(
            AEP,
            *arguments,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={**os.environ, "AEP_URL": self.url, "AEP_DATA": str(self.data)},
        )
        output, _ = await process.communicate()
        return process.returncode, output.decode()

    def kill_postgres(self) -> None:
        os.kill(int((self.data / "postgres/18/postmaster.pid").read_text().splitlines()[0]), signal.SIGKILL)


@contextlib.asynccontextmanager
async def _up(data: Path, log: Path) -> AsyncIterator[Up]:
    port = own_port()
    command = ["up", "--port", str(port), "--data", str(data), "--process", "none", "--no-demo"]
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(AEP, *command, stdout=output, stderr=output)
    try:
        yield Up(process, data, f"http://127.0.0.1:{port}", log)
    finally:
        if process.returncode is None:
            process.terminate()
            await asyncio.wait_for(process.wait(), 60)


async def test_a_postgres_that_dies_is_started_again_and_the_platform_ends_when_that_fails(tmp_path: Path) -> None:
    async with _up(tmp_path / "data", tmp_path / "log") as up:
        await until(up.is_ready, 120)
        up.kill_postgres()
        await until(lambda: "it is started again" in up.log.read_text(), 60)
        await until(up.answers, 60)
        (up.data / "postgres/18/global/pg_control").unlink()
        up.kill_postgres()
        assert await asyncio.wait_for(up.process.wait(), 120) == 2
    last = up.log.read_text().splitlines()[-1]
    assert last.startswith("aep: postgres ended with status")
    assert processes_in(up.data / "postgres/18") == []


async def test_set_aside_items_are_listed_and_tried_again_and_files_are_private(tmp_path: Path) -> None:
    async with _up(tmp_path / "data", tmp_path / "log") as up:
        await until(up.is_ready, 120)
        assert _open_to_others(up.data) == []
        connection = await asyncpg.connect(_address(up.data, "aep_reports"))
        await connection.execute(
            "INSERT INTO job_attempts (job, item, attempts, reason, aside_at)"
            " VALUES ('renderer', 'meeting:1', 3, 'no ink', now())"
        )
        await connection.close()
        status, listed = await up.command("set-aside", "list", "--json")
        assert (status, [(i["service"], i["job"], i["item"], i["reason"]) for i in orjson.loads(listed)["items"]]) == (
            0,
            [("reports", "renderer", "meeting:1", "no ink")],
        )
        assert "reports  renderer  meeting:1  no ink" in (await up.command("set-aside", "list"))[1]
        assert await up.command("set-aside", "retry", "reports", "renderer", "meeting:1") == (0, "waiting\n")
        status, refused = await up.command("set-aside", "retry", "reports", "renderer", "meeting:1")
        assert (status, "nothing-set-aside" in refused) == (2, True)


def _address(data: Path, database: str) -> str:
    folder = EmbeddedPostgres(data)
    folder._password = (data / "postgres/password").read_text().strip()
    return folder.dsn(database)


def _open_to_others(data: Path) -> list[Path]:
    found = []
    for path in [data, *data.rglob("*")]:
        with contextlib.suppress(FileNotFoundError):
            if stat.S_IMODE(path.lstat().st_mode) & 0o077:
                found.append(path)
    return found


async def test_a_database_of_a_newer_version_ends_the_start_with_one_line_and_leaves_no_server(
    tmp_path: Path, make_server: MakeServer
) -> None:
    server = make_server(tmp_path / "data")
    await server.start()
    await server.ensure_database("aep_search")
    connection = await asyncpg.connect(server.dsn("aep_search"))
    await connection.execute("CREATE TABLE alembic_version AS SELECT '0099' AS version_num")
    await connection.close()
    await server.stop()
    async with _up(tmp_path / "data", tmp_path / "log") as up:
        assert await asyncio.wait_for(up.process.wait(), 120) == 2
    lines = up.log.read_text().splitlines()
    assert "aep_search is at revision 0099" in lines[-1]
    assert "Traceback" not in up.log.read_text()
    assert processes_in(up.data / "postgres/18") == []

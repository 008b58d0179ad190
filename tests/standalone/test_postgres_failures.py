"""Killed supervisors, killed servers and signals: the data survive and nothing is left behind."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
import pytest

from aep_standalone.errors import DataFolderInUse, ServerDied
from aep_standalone.postgres import EmbeddedPostgres
from aep_standalone.processes import processes_in
from tests.standalone.conftest import MakeServer, StartHolder


async def _keep_a_row(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute("CREATE TABLE kept (id int); INSERT INTO kept VALUES (7)")
    await connection.close()


async def _kept_row(server: EmbeddedPostgres) -> int:
    connection = await asyncpg.connect(server.dsn("postgres"))
    try:
        return int(await connection.fetchval("SELECT id FROM kept"))
    finally:
        await connection.close()


def _postmaster(data: Path) -> int:
    return int((data / "postgres/18/postmaster.pid").read_text().splitlines()[0])


def _servers_of(data: Path) -> list[int]:
    return [process.pid for process in processes_in(data / "postgres/18")]


def _first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


async def _until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(30):
        while True:
            if await condition():
                return
            await asyncio.sleep(0.01)


async def test_data_are_kept_over_a_clean_stop(tmp_path: Path, make_server: MakeServer) -> None:
    server = make_server(tmp_path)
    await server.start()
    await _keep_a_row(server.dsn("postgres"))
    await server.stop()
    assert processes_in(server.folder.cluster(18)) == []
    await server.start()
    assert await _kept_row(server) == 7
    await server.stop()


async def test_a_second_process_is_refused(tmp_path: Path, make_server: MakeServer, hold: StartHolder) -> None:
    server = make_server(tmp_path)
    await server.start()
    with pytest.raises(DataFolderInUse, match=str(os.getpid())):
        await make_server(tmp_path).start()
    assert _first_line(hold(tmp_path)) == "data-folder-in-use"
    await server.ensure_database("still_works")
    await server.stop()


@pytest.mark.parametrize("depth", [0, 8])
async def test_a_server_left_by_a_killed_supervisor_is_replaced(
    tmp_path: Path, make_server: MakeServer, hold: StartHolder, depth: int
) -> None:
    data = tmp_path / ("a-folder-with-a-long-name/" * depth) / "data"
    holder = hold(data)
    await _keep_a_row(_first_line(holder))
    orphan = _postmaster(data)
    holder.kill()
    holder.wait()
    assert orphan in _servers_of(data)
    lines: list[str] = []
    server = make_server(data, progress=lines.append)
    await server.start()
    assert await _kept_row(server) == 7
    assert orphan not in _servers_of(data)
    # The orphan was stopped cleanly: nothing had to be recovered.
    assert not any("recovery" in line for line in lines)
    await server.stop()
    assert processes_in(server.folder.cluster(18)) == []


async def test_a_killed_server_recovers_and_says_so(tmp_path: Path, make_server: MakeServer) -> None:
    lines: list[str] = []
    server = make_server(tmp_path, progress=lines.append)
    await server.start()
    await _keep_a_row(server.dsn("postgres"))
    busy = await asyncpg.connect(server.dsn("postgres"))
    sleep = asyncio.create_task(busy.execute("SELECT pg_sleep(600)"))
    await _wait_for_sleep(server)
    ended = asyncio.create_task(server.wait())
    os.kill(_postmaster(tmp_path), signal.SIGKILL)
    assert await ended == -signal.SIGKILL
    await server.start()
    assert await _kept_row(server) == 7
    assert any("not properly shut down" in line for line in lines)
    with pytest.raises((asyncpg.PostgresError, OSError)):
        await sleep
    await server.stop()
    assert processes_in(server.folder.cluster(18)) == []


async def test_a_stale_number_that_another_process_has_now_is_no_server(
    tmp_path: Path, make_server: MakeServer
) -> None:
    server = make_server(tmp_path)
    await server.start()
    await _keep_a_row(server.dsn("postgres"))
    await server.stop()
    cluster = server.folder.cluster(18)
    owner = cluster.stat()
    another = await asyncio.create_subprocess_exec("sleep", "600", user=owner.st_uid, group=owner.st_gid, cwd="/")
    words = [another.pid, cluster, 1700000000, 5432, "/tmp", "", "  0  0", "ready   "]
    (cluster / "postmaster.pid").write_text("".join(f"{word}\n" for word in words))
    os.chown(cluster / "postmaster.pid", owner.st_uid, owner.st_gid)
    try:
        await server.start()
        assert await _kept_row(server) == 7
        assert another.returncode is None
        await server.stop()
    finally:
        another.kill()
        await another.wait()


async def _wait_for_sleep(server: EmbeddedPostgres) -> None:
    connection = await asyncpg.connect(server.dsn("postgres"))

    async def sleeps() -> bool:
        return bool(await connection.fetchval("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'"))

    await _until(sleeps)
    await connection.close()


async def test_signals_to_our_process_group_do_not_reach_the_server(tmp_path: Path, hold: StartHolder) -> None:
    holder = hold(tmp_path)
    address = _first_line(holder)
    postmaster = _postmaster(tmp_path)
    connection = await asyncpg.connect(address)
    for kind in (signal.SIGINT, signal.SIGTERM):
        os.killpg(holder.pid, kind)
    await connection.execute("CHECKPOINT")
    assert (_postmaster(tmp_path), await connection.fetchval("SELECT 1")) == (postmaster, 1)
    await connection.close()


async def test_a_server_that_dies_at_its_start_shows_its_last_words(tmp_path: Path, make_server: MakeServer) -> None:
    server = make_server(tmp_path)
    await server.start()
    await server.stop()
    (server.folder.cluster(18) / "global/pg_control").unlink()
    with pytest.raises(ServerDied, match="pg_control") as caught:
        await server.start()
    assert "\n" not in str(caught.value)
    assert processes_in(server.folder.cluster(18)) == []


async def test_a_cancelled_first_start_leaves_no_process_and_can_be_repeated(
    tmp_path: Path, make_server: MakeServer
) -> None:
    server = make_server(tmp_path)
    start = asyncio.create_task(server.start())
    scratch = server.folder.cluster(18).with_name("18.new")

    async def works() -> bool:
        return bool(processes_in(scratch))

    await _until(works)
    start.cancel()
    with pytest.raises(asyncio.CancelledError):
        await start
    assert processes_in(scratch) == []
    assert scratch.exists()
    await server.start()
    await server.stop()
    assert not scratch.exists()


async def test_stopping_twice_and_without_a_start_is_harmless(tmp_path: Path, make_server: MakeServer) -> None:
    server = make_server(tmp_path)
    await server.stop()
    await server.start()
    with pytest.raises(RuntimeError):
        await server.start()
    await server.stop()
    await server.stop()

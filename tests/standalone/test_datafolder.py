"""Whose the data folder is, who may use it, and which versions are refused."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from aep_standalone import binaries
from aep_standalone.binaries import find_binaries, runnable_by
from aep_standalone.datafolder import DataFolder
from aep_standalone.errors import (
    DataFolderInUse,
    DataFolderNewer,
    DataFolderOlder,
    DataFolderUnreadable,
    FolderNotWritable,
    PostgresMissing,
)
from aep_standalone.logtail import LARGEST, LogTail
from aep_standalone.postgres import EmbeddedPostgres
from aep_standalone.serveruser import ServerUser
from tests.standalone.conftest import MakeServer

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root hands the server to another user")
as_user = pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")


async def test_a_new_folder_records_its_versions(tmp_path: Path, make_server: MakeServer) -> None:
    server = make_server(tmp_path)
    await server.start()
    await server.stop()
    assert json.loads((tmp_path / "VERSION").read_text()) == {"format": 1, "postgres": 18}
    assert (tmp_path / "postgres/18/PG_VERSION").read_text().strip() == "18"


@pytest.mark.parametrize(
    ("version", "error"),
    [
        ('{"format": 2, "postgres": 18}', DataFolderNewer),
        ('{"format": 1, "postgres": 19}', DataFolderNewer),
        ('{"format": 1, "postgres": 17}', DataFolderOlder),
        ('{"format": 1}', DataFolderUnreadable),
        ("eighteen", DataFolderUnreadable),
        ("[]", DataFolderUnreadable),
    ],
)
async def test_a_folder_of_another_version_is_refused_untouched(
    tmp_path: Path, make_server: MakeServer, version: str, error: type[Exception]
) -> None:
    (tmp_path / "VERSION").write_text(version)
    server = make_server(tmp_path)
    with pytest.raises(error):
        await server.start()
    assert (tmp_path / "VERSION").read_text() == version
    assert list((tmp_path / "postgres").iterdir()) == []
    # The lock is free again.
    DataFolder(tmp_path).open()


@pytest.mark.parametrize(("found", "error"), [("19", DataFolderNewer), ("17", DataFolderOlder)])
async def test_an_unrecorded_cluster_of_another_version_is_not_passed_over(
    tmp_path: Path, make_server: MakeServer, found: str, error: type[Exception]
) -> None:
    (tmp_path / "postgres" / found).mkdir(parents=True)
    with pytest.raises(error):
        await make_server(tmp_path).start()


async def test_a_folder_below_a_file_cannot_be_used(tmp_path: Path, make_server: MakeServer) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FolderNotWritable, match="Not a directory"):
        await make_server(tmp_path / "file" / "data").start()


@as_user
def test_a_folder_without_write_permission_cannot_be_used(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(FolderNotWritable, match="Permission denied"):
        asyncio.run(EmbeddedPostgres(tmp_path / "data").start())
    tmp_path.chmod(0o700)


def test_the_lock_is_free_when_only_a_forked_child_lives(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    folder.open()
    ours, children = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(children, b"x")
        signal.pause()
    os.read(ours, 1)
    try:
        with pytest.raises(DataFolderInUse):
            DataFolder(tmp_path).open()
        folder.close()
        DataFolder(tmp_path).open()
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def test_the_password_is_kept_and_private(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    folder.open()
    first = folder.password()
    assert len(first) >= 40
    assert folder.password() == first
    assert folder.password_file.stat().st_mode & 0o777 == 0o600


def test_the_mode_of_a_folder_that_was_there_is_left_alone(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    DataFolder(tmp_path).open()
    assert tmp_path.stat().st_mode & 0o777 == 0o755


def test_missing_binaries_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "PACKAGE", "no-such-package")
    with pytest.raises(PostgresMissing):
        find_binaries()


def test_a_large_log_is_put_aside_and_the_tail_goes_on(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    log.write_bytes(b"x" * LARGEST + b"old\n")
    tail = LogTail(log)
    tail.rotate()
    log.write_text("one\ntwo\nhalf")
    assert tail.new_lines() == ["one", "two"]
    assert tail.last(2) == ["two", "half"]
    assert (tmp_path / "server.log.1").stat().st_size == LARGEST + 4


@as_root
def test_programs_below_a_closed_folder_are_copied_for_the_server(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    found = find_binaries()
    closed = tmp_path / "closed"
    closed.mkdir()
    for part in (binaries.PROGRAMS.parent, binaries.LIBRARIES):
        (closed / part).parent.mkdir(parents=True, exist_ok=True)
        (closed / part).symlink_to(found.root / part)
    user = ServerUser(65534, 65534)
    copies = Path("/var/tmp") / f"aep-test-{os.getpid()}"
    try:
        copy = runnable_by(binaries.Binaries(closed, found.version), user, copies)
        assert copy.root.is_relative_to(copies)
        run = subprocess.run([copy.bin / "initdb", "--version"], capture_output=True, **user.popen_arguments())
        assert b"18" in run.stdout
        assert runnable_by(binaries.Binaries(closed, found.version), user, copies) == copy
    finally:
        subprocess.run(["rm", "-rf", copies], check=True)


def _give(folder: Path, owner: int) -> None:
    subprocess.run(["chown", "-R", f"{owner}:{owner}", folder], check=True)


@as_root
async def test_data_restored_by_root_go_back_to_the_server(tmp_path: Path, make_server: MakeServer) -> None:
    server = make_server(tmp_path)
    await server.start()
    await server.stop()
    cluster = server.folder.cluster(18)
    before = cluster.stat().st_uid
    assert before != 0
    _give(cluster, 0)
    await server.start()
    await server.stop()
    assert (cluster / "PG_VERSION").stat().st_uid == before


@as_root
async def test_data_of_an_ordinary_user_keep_that_user(tmp_path: Path, make_server: MakeServer) -> None:
    server = make_server(tmp_path)
    await server.start()
    await server.stop()
    _give(tmp_path, 65534)
    await server.start()
    await asyncio.gather(server.ensure_database("a"), server.ensure_database("b"))
    await server.stop()
    assert server.folder.log.stat().st_uid == 65534

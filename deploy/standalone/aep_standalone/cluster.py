"""Makes a new database cluster with initdb."""

from __future__ import annotations

import shutil
from pathlib import Path

from aep_standalone.binaries import Binaries
from aep_standalone.datafolder import DataFolder, sync_folder, write_private
from aep_standalone.errors import ServerDied
from aep_standalone.logtail import LogTail
from aep_standalone.processes import end_processes
from aep_standalone.programs import Program, ended
from aep_standalone.serveruser import ServerUser, hand_over

OWNER = "aep"

# Written into postgresql.conf for a small machine; an operator may change them there.
TUNING = {
    "shared_buffers": "128MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "max_wal_size": "512MB",
    "effective_cache_size": "512MB",
    "random_page_cost": "1.1",
}


async def make_cluster(data: DataFolder, binaries: Binaries, user: ServerUser | None, password: str) -> None:
    """Makes the cluster beside its place and renames it when it is whole: a half one is never used."""
    cluster = data.cluster(binaries.major)
    scratch = cluster.with_name(cluster.name + ".new")
    # A run that was cut off may still be at work there.
    await end_processes(scratch)
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(mode=0o700)
    hand_over(scratch, user)
    password_file = data.run / "password"
    write_private(password_file, password)
    hand_over(password_file, user)
    try:
        await _initdb(data, binaries, user, scratch, password_file)
    finally:
        password_file.unlink()
    scratch.rename(cluster)
    sync_folder(cluster.parent)


async def _initdb(
    data: DataFolder, binaries: Binaries, user: ServerUser | None, scratch: Path, password_file: Path
) -> None:
    program = Program(user)
    tail = LogTail(data.log)
    arguments = [
        str(binaries.bin / "initdb"),
        f"--pgdata={program.folder(scratch)}",
        f"--pwfile={program.folder(password_file.parent)}/{password_file.name}",
        f"--username={OWNER}",
        "--auth=scram-sha-256",
        "--locale-provider=builtin",
        "--locale=C.UTF-8",
        "--encoding=UTF8",
        *(f"--set={name}={value}" for name, value in TUNING.items()),
    ]
    process = program.start(arguments, scratch, data.log)
    try:
        status = await ended(process)
    except BaseException:
        process.kill()
        await end_processes(scratch)
        raise
    if status != 0:
        raise ServerDied("initdb", status, data.log, tail.last())

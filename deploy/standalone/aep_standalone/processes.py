"""Finds and ends the server processes that an earlier, killed supervisor left behind.

PostgreSQL's processes all have the cluster's folder as their working directory, which tells ours from any
other program that was given the same process number since.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path

import psutil

POLL = 0.05
PATIENCE = 5.0


def processes_in(folder: Path) -> list[psutil.Process]:
    """The processes whose working directory is `folder`."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.cwd() == str(folder) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


async def end_leftovers(cluster: Path, progress: Callable[[str], None]) -> None:
    """Stops an orphaned server of `cluster` cleanly, and ends what a killed server's children left."""
    left = processes_in(cluster)
    postmaster = _postmaster(cluster)
    orphan = next((process for process in left if process.pid == postmaster), None)
    if orphan is not None:
        progress(f"stopping the PostgreSQL that an earlier process left running (process {orphan.pid})")
        _send(orphan, signal.SIGINT)
        await _gone([orphan])
    await end_processes(cluster)


def forget_dead_server(cluster: Path) -> None:
    """Removes the `postmaster.pid` of a server that is no more.

    PostgreSQL refuses to start while the number in it is that of any process of its user, and numbers are used again.
    Whoever calls this holds the lock of the data folder; that nothing works in the cluster is looked at here.
    """
    if not processes_in(cluster):
        (cluster / "postmaster.pid").unlink(missing_ok=True)


async def end_processes(folder: Path) -> None:
    """Ends at once whatever still works in `folder`: without their server these processes serve nobody."""
    for kind in (signal.SIGQUIT, signal.SIGKILL):
        left = processes_in(folder)
        for process in left:
            _send(process, kind)
        if await _gone(left, PATIENCE):
            return


def _postmaster(cluster: Path) -> int | None:
    try:
        return int((cluster / "postmaster.pid").read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None


def _send(process: psutil.Process, kind: signal.Signals) -> None:
    try:
        process.send_signal(kind)
    except psutil.NoSuchProcess:
        return


async def _gone(processes: list[psutil.Process], patience: float | None = None) -> bool:
    """Waits until none of them runs, at most `patience` seconds. A clean stop has no such limit."""
    clock = asyncio.get_running_loop()
    deadline = None if patience is None else clock.time() + patience
    while any(_runs(process) for process in processes):
        if deadline is not None and clock.time() > deadline:
            return False
        await asyncio.sleep(POLL)
    return True


def _runs(process: psutil.Process) -> bool:
    try:
        # A zombie holds nothing any more; its parent only has not asked for its status.
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False

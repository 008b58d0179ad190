"""A program under measurement: its start on the subject's core, and what its process tree takes."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.pinning import OTHERS, SUBJECT, pin, pinned

PATIENCE = 180.0
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Launched:
    """A program that said that it is ready, and how long that took from its exec."""

    pid: int
    seconds: float


@contextlib.asynccontextmanager
async def launched(command: Sequence[str | Path], log: Path) -> AsyncIterator[Launched]:
    """Runs a program that prints a line `ready...`; ends it as an operator would."""
    pin(OTHERS)
    environ = {name: value for name, value in os.environ.items() if not name.startswith("AEP_")}
    with log.open("w") as errors, pinned(SUBJECT):
        started = time.perf_counter()
        process = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.PIPE, stderr=errors, env=environ
        )
    try:
        async with asyncio.timeout(PATIENCE):
            await _says_ready(process, log)
        yield Launched(process.pid, time.perf_counter() - started)
    finally:
        if process.returncode is None:
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), PATIENCE)
        except TimeoutError:
            process.kill()


async def _says_ready(process: asyncio.subprocess.Process, log: Path) -> None:
    assert process.stdout
    while line := await process.stdout.readline():
        if line.startswith(b"ready"):
            return
    raise RuntimeError(f"the program ended: {_tail(log)}")


def _tail(log: Path) -> str:
    return log.read_text()[-500:]


@dataclass(frozen=True, slots=True)
class Process:
    """One process of a tree; memory in MB, CPU in seconds with its children that have ended."""

    pid: int
    parent: int
    name: str
    cpu: float
    rss: float
    pss: float
    """Pages that several processes share are counted once among them all."""


def tree(root: int) -> list[Process]:
    """A process and all that descend from it."""
    found = {process.pid: process for process in _all()}
    members = {root}
    # A child may stand before its parent: go round until nothing is added.
    while grown := {pid for pid, p in found.items() if p.parent in members} - members:
        members |= grown
    return [found[pid] for pid in members]


def _all() -> list[Process]:
    processes = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            processes.append(_read(folder))
    return processes


def _read(folder: Path) -> Process:
    head, _, rest = (folder / "stat").read_text().rpartition(")")
    fields = rest.split()
    cpu = sum(int(ticks) for ticks in fields[11:15]) / _TICKS
    return Process(
        int(folder.name),
        int(fields[1]),
        head.partition("(")[2],
        cpu,
        _megabytes(folder / "status", "VmRSS:"),
        _megabytes(folder / "smaps_rollup", "Pss:"),
    )


def _megabytes(file: Path, field: str) -> float:
    """A figure of the kernel; 0 for its own threads, which have none."""
    for line in file.read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) / 1024
    return 0.0

"""What the platform takes while nobody asks for anything, against a hello-world FastAPI under the same server.

Both were ready for a while (the platform for the second time on the same data), then nothing is done for a minute,
three times; memory is read at its end. RSS counts a page in each process that has it, so that PostgreSQL's processes
count its shared memory many times; PSS counts it once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from aep_engines.ports import own_port
from tests.bench.harness import Protocol, Row, absolute, interleaved, row
from tests.bench.processes import Process, launched, tree
from tests.bench.programs import hello, platform
from tests.bench.ratios import Goal
from tests.bench.startup import scratch

MEMORY_GOAL, CPU_GOAL = Goal(3.0, at_least=False), Goal(0.5, at_least=False)
SETTLING_SECONDS = 5.0
NAMES = ("aep up", "hello world")


@dataclass(frozen=True, slots=True)
class Idle:
    """One program's minute: memory in MB, CPU in per cent of a core."""

    rss: float
    pss: float
    own_rss: float
    """Without PostgreSQL."""
    own_cpu: float
    postgres_cpu: float


async def run(protocol: Protocol) -> list[Row]:
    with scratch() as folder:
        async with launched(platform(folder / "data", own_port()), folder / "errors"):
            pass  # The data are loaded here, so that no loading is measured.

        async def ours() -> Idle:
            return await _idle(platform(folder / "data", own_port()), folder, protocol.idle)

        async def rival() -> Idle:
            return await _idle(hello(own_port()), folder, protocol.idle)

        few = protocol.few()
        return _rows(await interleaved(ours, rival, few.pairs), few)


async def _idle(command: Sequence[str], folder: Path, seconds: float) -> Idle:
    async with launched(command, folder / "errors") as program:
        await asyncio.sleep(SETTLING_SECONDS)
        before = tree(program.pid)
        await asyncio.sleep(seconds)
        after = tree(program.pid)
    own = [process for process in after if not _is_postgres(process)]
    own_cpu, postgres_cpu = (_cpu(after, which) - _cpu(before, which) for which in (False, True))
    return Idle(
        sum(p.rss for p in after),
        sum(p.pss for p in after),
        sum(p.rss for p in own),
        100 * own_cpu / seconds,
        100 * postgres_cpu / seconds,
    )


def _is_postgres(process: Process) -> bool:
    return process.name.startswith("postgres")


def _cpu(processes: Sequence[Process], of_postgres: bool) -> float:
    return sum(process.cpu for process in processes if _is_postgres(process) is of_postgres)


def _rows(pairs: list[tuple[Idle, Idle]], protocol: Protocol) -> list[Row]:
    def memory(what: str, field: str, goal: Goal | None) -> Row:
        figures = [(getattr(a, field), getattr(b, field)) for a, b in pairs]
        return row(what, "MB", NAMES, figures, None, goal, protocol)

    runs = [ours for ours, _ in pairs]
    cpu, unit = [idle.own_cpu + idle.postgres_cpu for idle in runs], "% of a core"
    return [
        memory("memory, all processes (RSS)", "rss", MEMORY_GOAL),
        memory("memory, all processes (PSS)", "pss", None),
        memory("memory without PostgreSQL (RSS)", "own_rss", None),
        absolute("idle CPU, all processes", unit, NAMES[0], cpu, CPU_GOAL, protocol),
        absolute("idle CPU without PostgreSQL", unit, NAMES[0], [idle.own_cpu for idle in runs], None, protocol),
        absolute("idle CPU of PostgreSQL", unit, NAMES[0], [idle.postgres_cpu for idle in runs], None, protocol),
    ]

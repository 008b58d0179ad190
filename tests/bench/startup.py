"""Seconds from exec to `ready`: the whole embedded platform against a hello-world FastAPI under the same server.

*First start*: an empty folder; makes the database and loads the data set and the demo layer. *Second start*: on the
same data. Three times each. The whole process tree, PostgreSQL included, is on one core.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from aep_engines.ports import own_port
from tests.bench.harness import Arm, Protocol, Row, compare
from tests.bench.processes import launched
from tests.bench.programs import hello, platform
from tests.bench.ratios import Goal

GOAL = Goal(2.5, at_least=False)


async def run(protocol: Protocol) -> list[Row]:
    with scratch() as kept:
        rival = (Arm("hello world", _hello), GOAL)
        few = protocol.few()
        await _platform(kept)
        return [
            *await compare("second start", "s", Arm("aep up", lambda _: _platform(kept)), [rival], few),
            *await compare("first start", "s", Arm("aep up", lambda _: _first()), [rival], few),
        ]


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    """A folder that PostgreSQL's user may enter."""
    with tempfile.TemporaryDirectory(prefix="aep-bench-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


async def _first() -> float:
    with scratch() as folder:
        return await _platform(folder)


async def _platform(folder: Path) -> float:
    async with launched(platform(folder / "data", own_port()), folder / "errors") as found:
        return found.seconds


async def _hello(_seconds: float) -> float:
    with scratch() as folder:
        async with launched(hello(own_port()), folder / "errors") as found:
            return found.seconds

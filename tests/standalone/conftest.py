from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import pytest

from aep_standalone.postgres import EmbeddedPostgres

HOLDER = Path(__file__).with_name("holder.py")

StartHolder = Callable[[Path], "subprocess.Popen[str]"]


class MakeServer(Protocol):
    def __call__(
        self, data: Path, *, progress: Callable[[str], None] = ..., port: int | None = None
    ) -> EmbeddedPostgres: ...


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """One server for the tests that only look at it."""
    server = EmbeddedPostgres(tmp_path_factory.mktemp("running") / "data")
    asyncio.run(server.start())
    yield server
    asyncio.run(server.stop())


@pytest.fixture
def make_server() -> Iterator[MakeServer]:
    """Makes servers, not yet started, that are stopped when the test ends or fails."""
    made: list[EmbeddedPostgres] = []

    def make(
        data: Path, *, progress: Callable[[str], None] = lambda line: None, port: int | None = None
    ) -> EmbeddedPostgres:
        made.append(EmbeddedPostgres(data, progress=progress, port=port))
        return made[-1]

    yield make
    for server in made:
        asyncio.run(server.stop())


@pytest.fixture
def hold() -> Iterator[StartHolder]:
    """Starts another process that holds a data folder, which first prints the address or an error's code."""
    started: list[subprocess.Popen[str]] = []

    def start(data: Path) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, HOLDER, data],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.communicate(timeout=60)

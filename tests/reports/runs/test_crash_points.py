"""A renderer that dies after it stored the files and before it said so: its successor makes the same files."""

from __future__ import annotations

import asyncio
import sys
from functools import partial

from aep_reports.runs.files import Files
from aep_reports.runs.renderer import Renderer
from aep_shared.database import Database
from tests.reports.runs.conftest import Reports
from tests.shared.dying import die, killed_in
from tests.shared.flowing import running, until


async def test_a_renderer_that_dies_between_storing_and_finishing(reports: Reports) -> None:
    made = await reports.request()
    await killed_in(__name__, reports.platform.database.dsn, f"file://{reports.folder}")
    stored = {path.name: path.read_bytes() for path in reports.folder.rglob("*.*")}
    assert len(stored) == 3
    assert (await reports.shown(made)).state == "queued"
    async with running(reports.renderer().run):
        assert await until(partial(reports.ends, made), 60) == "done"
    assert {path.name: path.read_bytes() for path in reports.folder.rglob("*.*")} == stored


class _DyingFiles(Files):
    left = 3

    async def put(self, path: str, content: bytes) -> None:
        await super().put(path, content)
        self.left -= 1
        if not self.left:
            die()


async def _render(dsn: str, url: str) -> None:
    await Renderer(Database(dsn), _DyingFiles(url)).run()


if __name__ == "__main__":
    asyncio.run(_render(*sys.argv[1:]))

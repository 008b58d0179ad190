"""Renders queued runs: the report is built from the freeze alone, in a child process with limits and no network."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import sys
from typing import Any

import orjson
import structlog
from sqlalchemy import Row

from aep_reports.runs import repository
from aep_reports.runs.files import Files
from aep_reports.stocktaking.model import build
from aep_shared.db import Database

log = structlog.get_logger()

SECONDS = 120
_ATTEMPTS = 3


class RenderingFailed(Exception):
    """The child process ended without a report; the message says how."""


class Renderer:
    """Takes one queued run after the other."""

    def __init__(self, database: Database, files: Files, *, poll: float = 0.2) -> None:
        self._database = database
        self._files = files
        self._poll = poll
        self._waker = database.waker()

    async def run(self) -> None:
        """Renders what is queued, until cancelled."""
        while True:
            if not await self._render_next():
                await self._waker.sleep(self._poll)

    async def _render_next(self) -> bool:
        """Renders one run; two workers that take the same one make the same files of its freeze."""
        async with self._database.transaction(wakes=False) as session:
            row = await repository.next_queued(session)
            if row is None:
                return False
            await repository.count_attempt(session, row.id)
            document = build(await repository.frozen(session, row.id), row)
        try:
            rendered = await render(document)
            stored = [await self._store(row, form, content) for form, content in rendered.items()]
        except (RenderingFailed, OSError) as problem:
            await self._failed(row, problem)
            return True
        async with self._database.transaction() as session:
            for values in stored:
                await repository.add_file(session, row.id, values)
            await repository.finish(session, row.id, "done", None)
        return True

    async def _store(self, row: Row[Any], form: str, content: bytes) -> dict[str, Any]:
        # The name says what is in it: two workers that render the same freeze write the same file.
        digest = hashlib.sha256(content).hexdigest()
        path = f"runs/{row.id}/{digest[:16]}.{form}"
        await self._files.put(path, content)
        return {"format": form, "path": path, "bytes": len(content), "sha256": digest}

    async def _failed(self, row: Row[Any], problem: Exception) -> None:
        log.error("report not rendered", run=str(row.id), problem=str(problem))
        if row.attempts + 1 >= _ATTEMPTS:
            async with self._database.transaction() as session:
                await repository.finish(session, row.id, "failed", str(problem)[:500])
        else:
            await asyncio.sleep(1)


async def render(document: dict[str, Any]) -> dict[str, bytes]:
    """The files of a report by format; the same document gives the same bytes.

    Raises `RenderingFailed`.
    """
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "aep_reports.stocktaking.render", stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(SECONDS):
            output, errors = await child.communicate(orjson.dumps(document, option=orjson.OPT_SORT_KEYS))
    except TimeoutError as problem:
        raise RenderingFailed(f"it took longer than {SECONDS} seconds") from problem
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode != 0:
        raise RenderingFailed(f"exit status {child.returncode}: {errors.decode(errors='replace')[-400:]}")
    if errors:
        log.warning("the renderer says", errors=errors.decode(errors="replace")[-400:])
    return {form: base64.b64decode(content) for form, content in orjson.loads(output).items()}

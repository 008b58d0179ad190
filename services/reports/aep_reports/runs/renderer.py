"""Renders queued runs: the report is built from the freeze alone, in a child process with limits and no network."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import sys

import orjson
import structlog
from obstore.exceptions import BaseError

from aep_reports.runs import repository
from aep_reports.runs.files import Files
from aep_reports.runs.models import Run, RunFile
from aep_reports.stocktaking.document import Report
from aep_reports.stocktaking.model import Frozen, Stored, build
from aep_shared.children import CHILD_ENVIRON
from aep_shared.database import Database, waiting_helps
from aep_shared.service.attempts import Attempts

log = structlog.get_logger()

SECONDS = 120
_ATTEMPTS = 3


class RenderingFailed(Exception):
    """The child process ended without a report; the message says how."""


class StoringFailed(Exception):
    """The files were not stored; the message says why, without paths."""


class Renderer:
    """Takes one queued run after the other."""

    def __init__(self, database: Database, files: Files, *, poll: float = 0.2) -> None:
        self._database = database
        self._files = files
        self._attempts = Attempts(database, repository.JOB, limit=_ATTEMPTS)
        self._poll = poll
        self._waker = database.waker()

    async def run(self) -> None:
        """Renders what is queued, until cancelled."""
        while True:
            if not await self._render_next():
                await self._waker.sleep(self._poll)

    async def state(self) -> str:
        """For the readiness of the service."""
        return await self._attempts.state()

    async def _render_next(self) -> bool:
        """Renders one run; two workers that take the same one make the same files of its freeze."""
        async with self._database.reading() as session:
            run = await repository.next_queued(session)
        if run is None:
            return False
        item = str(run.id)
        if not await self._attempts.begin([item]):
            return True
        try:
            await self._make(run, item)
        except (Exception, asyncio.CancelledError) as problem:
            if isinstance(problem, asyncio.CancelledError) or waiting_helps(problem):
                with contextlib.suppress(Exception):
                    await self._attempts.interrupted([item])
                raise
            log.exception("report not made", run=item)
            await self._attempts.failed(item, _reason(problem))
        return True

    async def _make(self, run: Run, item: str) -> None:
        async with self._database.reading() as session:
            frozen = await repository.frozen(session, run.id)
        rendered = await render(await asyncio.to_thread(report_of, frozen, run))
        stored = [await self._store(run, form, content) for form, content in rendered.items()]
        async with self._database.transaction() as session:
            await repository.store_files(session, stored)
            await repository.finish(session, run.id)
            await self._attempts.done(session, [item])

    async def _store(self, run: Run, form: str, content: bytes) -> RunFile:
        # The name says what is in it: two workers that render the same freeze write the same file.
        digest = hashlib.sha256(content).hexdigest()
        path = f"runs/{run.id}/{digest[:16]}.{form}"
        try:
            await self._files.put(path, content)
        except (BaseError, OSError) as problem:
            raise StoringFailed(type(problem).__name__) from problem
        return RunFile(run=run.id, format=form, path=path, bytes=len(content), sha256=digest)


def report_of(frozen: Stored, run: Run) -> Report:
    """The report of a run, from its frozen states with the defaults of what they left out."""
    return build(Frozen.read(frozen), run)


def _reason(problem: BaseException) -> str:
    """Why a report was not made, for the person who asked for it: no paths, and nothing of what the log says."""
    if isinstance(problem, RenderingFailed):
        return f"the report could not be rendered: {problem}"
    if isinstance(problem, StoringFailed):
        return f"the files could not be stored ({problem})"
    return f"the report could not be made of what was frozen ({type(problem).__name__})"


async def render(report: Report) -> dict[str, bytes]:
    """The files of a report by format; the same report gives the same bytes.

    Raises `RenderingFailed`.
    """
    try:
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "aep_reports.stocktaking.render",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=CHILD_ENVIRON,
        )
    except OSError as problem:
        raise RenderingFailed(f"no process for it ({type(problem).__name__})") from problem
    try:
        async with asyncio.timeout(SECONDS):
            output, errors = await child.communicate(report.model_dump_json().encode())
    except TimeoutError as problem:
        raise RenderingFailed(f"it took longer than {SECONDS} seconds") from problem
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode != 0:
        log.error("the renderer ended", status=child.returncode, errors=errors.decode(errors="replace")[-2000:])
        raise RenderingFailed(f"exit status {child.returncode}")
    if errors:
        log.warning("the renderer says", errors=errors.decode(errors="replace")[-400:])
    return {form: base64.b64decode(content) for form, content in orjson.loads(output).items()}

"""Rendering: one bad run stops no other, each ends with a reason, and the process that renders reaches nobody."""

from __future__ import annotations

import asyncio
import socket
import stat
import subprocess
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest

from aep_reports.runs import renderer
from aep_reports.runs.files import Files
from aep_reports.runs.models import Run
from aep_reports.runs.service import newest
from aep_reports.stocktaking.document import Report
from aep_reports.stocktaking.model import Frozen
from aep_shared.contracts.topics import FRAMEWORK_NODE, SUBJECT, consumed_by
from aep_shared.service.attempts import try_again
from tests.reports.runs.conftest import Reports
from tests.shared.flowing import running, until
from tests.shared.shortened import shortened
from tests.shared.statements import counted, run, values

_TRY = """
import socket, sys
from aep_shared.children import leave_network
if sys.argv[2] == "apart" and not leave_network():
    sys.exit(3)
try:
    socket.create_connection(("127.0.0.1", int(sys.argv[1])), 3)
except OSError:
    sys.exit(4)
"""


@pytest.mark.parametrize(("how", "status"), [("apart", 4), ("together", 0)])
def test_a_renderer_cannot_connect_even_to_its_own_machine(how: str, status: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as canary:
        port = str(canary.getsockname()[1])
        ended = subprocess.run([sys.executable, "-c", _TRY, port, how], timeout=60)
    if ended.returncode == 3:
        pytest.skip("this system gives no network namespace to a process that is not privileged")
    assert ended.returncode == status


async def test_a_report_is_made_of_states_without_any_optional_field(reports: Reports) -> None:
    """A freeze for each topic would take long: each holds one shortened state of every topic."""
    topics = [topic for topic in consumed_by("reports") if topic != SUBJECT]
    cases = {topic: [state for _, state in shortened(topic)] for topic in topics}
    run = await _queued(reports)
    for number in range(max(map(len, cases.values()))):
        frozen = {topic.name: [states[number % len(states)]] for topic, states in cases.items()}
        assert renderer.report_of(frozen, run).title == "Stocktaking Report"


async def _queued(reports: Reports) -> Run:
    made = await reports.request()
    async with reports.platform.database.transaction() as session:
        standing = await renderer.repository.find(session, made)
    assert standing is not None
    return standing.run


async def test_a_run_that_cannot_be_made_fails_with_its_reason_and_stops_no_other(
    reports: Reports, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = await reports.request(), await reports.request()
    build = renderer.build

    def build_most(frozen: Frozen, run: Run) -> Report:
        if run.id == bad:
            raise KeyError("number")
        return build(frozen, run)

    monkeypatch.setattr(renderer, "build", build_most)
    async with running(reports.renderer().run):
        assert await until(partial(reports.ends, good), 60) == "done"
        assert await until(partial(reports.ends, bad)) == "failed"
    shown = await reports.shown(bad)
    assert shown.error == "the report could not be made of what was frozen (KeyError)"
    assert await reports.renderer().state() == "degraded: 1 set aside"


async def test_two_workers_that_render_one_run_store_the_same(
    reports: Reports, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, both = await reports.request(), asyncio.Barrier(2)
    rendered = renderer.render

    async def together(report: Report) -> dict[str, bytes]:
        files = await rendered(report)
        await both.wait()
        return files

    monkeypatch.setattr(renderer, "render", together)
    await asyncio.gather(*(reports.renderer()._render_next() for _ in range(2)))
    assert await reports.ends(made) == "done"
    assert await values(reports.platform.database, "SELECT reason FROM job_attempts") == []


async def test_a_store_that_cannot_be_written_fails_the_run_without_naming_a_path(reports: Reports) -> None:
    reports.folder.joinpath("runs").write_text("a file where the folder should be")
    made = await reports.request()
    async with running(reports.renderer().run):
        assert await until(partial(reports.ends, made), 60) == "failed"
    error = (await reports.shown(made)).error
    assert error is not None
    assert error.startswith("the files could not be stored (")
    assert "/" not in error


async def test_a_run_that_ends_its_process_each_time_is_given_up(reports: Reports) -> None:
    made = await reports.request()

    async def kill(*_: Any) -> None:
        raise _Killed

    for _ in range(3):
        with pytest.raises(_Killed):
            await reports.renderer(_Storing(reports, kill)).run()
    good = await reports.request()
    async with running(reports.renderer().run):
        assert await until(partial(reports.ends, good), 60) == "done"
    shown = await reports.shown(made)
    assert (shown.state, shown.error) == ("failed", "each attempt ended its process")


async def test_a_clean_stop_is_no_failed_attempt(reports: Reports) -> None:
    made = await reports.request()
    stored = asyncio.Event()

    async def stay(*_: Any) -> None:
        stored.set()
        await asyncio.Event().wait()

    for _ in range(4):
        stored.clear()
        async with running(reports.renderer(_Storing(reports, stay)).run):
            await asyncio.wait_for(stored.wait(), 60)
    assert (await reports.shown(made)).state == "queued"
    assert await values(reports.platform.database, "SELECT attempts FROM job_attempts") == [0]


async def test_a_run_that_was_given_up_is_made_when_an_operator_says_so(reports: Reports) -> None:
    blocked = reports.folder / "runs"
    blocked.write_text("a file where the folder should be")
    made = await reports.request()
    async with running(reports.renderer().run):
        assert await until(partial(reports.ends, made), 60) == "failed"
        blocked.unlink()
        async with reports.platform.database.transaction() as session:
            assert await try_again(session, "renderer", str(made))
        assert await until(partial(reports.ends, made), 60) == "done"
    assert (await reports.shown(made)).error is None


async def test_a_list_of_runs_asks_no_more_than_one_of_them(reports: Reports) -> None:
    made = [await reports.request() for _ in range(2)]
    async with running(reports.renderer().run):
        for one in made:
            assert await until(partial(reports.ends, one), 60) == "done"
    async with reports.platform.database.reading() as session:
        with counted(reports.platform.database) as asked:
            listed = await newest(session)
    assert len(asked) == 2
    assert [sorted(run.files) for run in listed] == [["html", "json", "pdf"]] * 2
    assert listed[-1] == await reports.shown(made[0])


async def test_the_files_of_reports_are_closed_to_other_users(reports: Reports) -> None:
    assert stat.S_IMODE(reports.folder.stat().st_mode) == 0o700


async def test_the_freeze_of_a_report_that_was_made_is_forgotten_after_a_while(reports: Reports) -> None:
    state = FRAMEWORK_NODE.example.model_dump(mode="json")
    await reports.arrives(FRAMEWORK_NODE, state)
    old, waiting = await reports.request(), await reports.request()
    made = "UPDATE runs SET state = 'done', finished_at = now() - interval '31 days' WHERE id = :id"
    await run(reports.platform.database, made, id=old)
    for statement in renderer.repository.FORGETS:
        await run(reports.platform.database, statement)
    assert await values(reports.platform.database, "SELECT run FROM frozen") == [waiting]


class _Killed(BaseException):
    """Stands for the end of the process: nothing after it is cleaned up."""


class _Storing(Files):
    """The real files, with a moment before each is stored in which a test does something."""

    def __init__(self, reports: Reports, before: Callable[..., Awaitable[None]]) -> None:
        super().__init__(f"file://{reports.folder}")
        self._before = before

    async def put(self, path: str, content: bytes) -> None:
        await self._before(path)
        await super().put(path, content)

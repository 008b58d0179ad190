"""The indexer when the index is lost or refuses, when an item is bad, and when a rebuild is asked for."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import event

from aep_search.index.errors import EngineFailed, SearchUnavailable
from aep_search.index.port import IndexDocument, Outcome
from aep_search.indexing import documents, marks
from aep_search.indexing.indexer import Indexer, request_rebuild
from aep_shared.contracts.topics import MEETING, PARTNER
from aep_shared.flow.awaiting import Awaited
from tests.search.conftest import Search, key_of
from tests.shared.flowing import running, until
from tests.shared.statements import run, values
from tests.shared.timing import FAST


async def test_an_index_that_is_lost_is_built_again_and_nothing_spins(search: Search) -> None:
    statements: list[str] = []
    async with running(search.indexer().run):
        await search.put("p")
        await until(search.rests)
        lost = await search.index.active()
        (search.folder / "active").unlink()
        event.listen(
            search.database.engine.sync_engine, "before_cursor_execute", lambda *given: statements.append(given[2])
        )
        await until(search.index.active)
        await until(search.rests)
        built = await search.index.active()
        await asyncio.sleep(2)
    assert built is not None
    assert built != lost
    assert len(await search.visible()) == 1
    assert len(statements) < 100


async def test_a_rebuild_that_is_asked_for_during_a_rebuild_is_done(
    search: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(search.indexer().run):
        await until(search.rests)
    made: list[str] = []
    activate = search.index.activate

    async def activate_late(name: str) -> None:
        made.append(name)
        if len(made) == 1:
            # Everything was read already; what an operator restored just now is not in it.
            await request_rebuild(search.database)
        await activate(name)

    monkeypatch.setattr(search.index, "activate", activate_late)
    await request_rebuild(search.database)
    async with running(search.indexer().run):
        await until(lambda: len(made) == 2)
        await until(search.rests)


async def test_a_document_that_the_index_refused_is_set_aside_and_not_called_indexed(search: Search) -> None:
    key = await search.put("p")
    async with running(search.indexer(_Answering(search.index, "refused")).run):
        await until(search.rests)
    async with search.database.reading() as session:
        assert await marks.indexed_at(session, PARTNER.name, key) is None
        awaited = {Awaited(PARTNER.name, key, 1)}
        assert await marks.not_indexed(session, awaited) == awaited
    assert await search.set_aside() == {f"partner:{key}": "DocumentRefused: a field is too large"}


async def test_what_was_set_aside_is_tried_again_when_it_changes_and_by_a_rebuild(search: Search) -> None:
    async with running(search.indexer(_Answering(search.index, "refused")).run):
        await search.put("changes")
        await search.put("waits")
        await until(search.set_aside)
        await until(search.rests)
    async with running(search.indexer().run):
        await search.put("changes")
        await until(search.rests)
        assert list(await search.visible()) == [f"partner:{key_of('changes')}"]
        assert list(await search.set_aside()) == [f"partner:{key_of('waits')}"]
        await request_rebuild(search.database)
        await until(search.rests)
        assert len(await search.visible()) == 2
    assert await search.set_aside() == {}


async def test_one_document_that_cannot_be_made_stops_no_other(search: Search, monkeypatch: pytest.MonkeyPatch) -> None:
    build = documents.build

    def build_most(key: Any, *others: Any) -> IndexDocument:
        if key == ("meeting", key_of("bad")):
            raise KeyError("date")
        return build(key, *others)

    monkeypatch.setattr(documents, "build", build_most)
    await search.arrives(MEETING, "bad", _MEETING)
    await search.put("good")
    async with running(search.indexer().run):
        await until(lambda: _shows(search, f"partner:{key_of('good')}"))
        await until(lambda: _set_aside_without_rest(search))
    assert await search.set_aside() == {f"meeting:{key_of('bad')}": "KeyError: 'date'"}
    assert await search.indexer().state() == "degraded: 1 set aside"


async def test_a_document_that_fails_as_part_of_another_change_is_tried_again(
    search: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    await search.put("host")
    await search.arrives(MEETING, "bad", {**_MEETING, "host": "host"})
    async with running(search.indexer().run):
        await until(search.rests)
    build, failed = documents.build, []

    def build_late(key: Any, *others: Any) -> IndexDocument:
        if key[0] == "meeting" and not failed:
            failed.append(key)
            raise KeyError("date")
        return build(key, *others)

    monkeypatch.setattr(documents, "build", build_late)
    await search.arrives(PARTNER, "host", {"slug": "host", "kind": "country", "name": {"en": "Borduria"}})
    async with running(search.indexer().run):
        await until(lambda: failed)
        await until(search.rests)
    live = await search.visible()
    await request_rebuild(search.database)
    async with running(search.indexer().run):
        await until(search.rests)
    assert live == await search.visible()


async def test_a_document_that_ends_the_process_takes_no_other_with_it(search: Search) -> None:
    good = [await search.put(f"good{number}") for number in range(3)]
    bad = await search.put("bad")
    deaths = 0
    for _ in range(8):
        ending = search.indexer(_EndingTheProcess(search.index, f"partner:{bad}"))
        with contextlib.suppress(_Killed):
            await asyncio.wait_for(_until_rest(search, ending), 30)
            break
        deaths += 1
    assert deaths == 5
    assert sorted(await search.visible()) == sorted(f"partner:{key}" for key in good)
    assert await search.set_aside() == {f"partner:{bad}": "each attempt ended its process"}


async def test_a_document_that_the_engine_fails_at_is_found_among_the_others(search: Search) -> None:
    good = [await search.put(f"good{number}") for number in range(3)]
    bad = await search.put("bad")
    async with running(search.indexer(_FailingAt(search.index, f"partner:{bad}")).run):
        await until(lambda: _set_aside_without_rest(search), 60)
        await until(search.rests)
    assert sorted(await search.visible()) == sorted(f"partner:{key}" for key in good)
    assert list(await search.set_aside()) == [f"partner:{bad}"]


async def test_an_engine_that_is_away_is_no_fault_of_the_documents(search: Search) -> None:
    away = _Away(search.index)
    await search.put("p")
    async with running(search.indexer(away).run):
        await until(lambda: away.asked > 6, 60)
        assert await search.set_aside() == {}
        away.away = False
        await until(search.rests)
    assert len(await search.visible()) == 1


async def test_a_leader_that_writes_for_long_is_not_ended(search: Search) -> None:
    epochs = "SELECT epoch FROM leaders WHERE name = 'indexer'"
    slow = _Slow(search.index)
    await search.put("p")
    async with running(search.indexer(slow, FAST).run, search.indexer(slow, FAST).run):
        await until(search.rests, 60)
        assert await values(search.database, epochs) == [1]


async def test_versions_that_went_back_start_a_rebuild(search: Search) -> None:
    await search.put("p")
    async with running(search.indexer().run):
        await until(search.rests)
    before = await search.visible()
    # The database was restored, the folder of the index was kept.
    await run(search.database, "ALTER SEQUENCE index_version RESTART WITH 1")
    await search.arrives(PARTNER, "p", {"slug": "p", "kind": "country", "name": {"en": "Borduria"}})
    rebuilt = "SELECT rebuilt_at FROM index_state"
    (last,) = await values(search.database, rebuilt)
    async with running(search.indexer().run):
        await until(search.rests)
        await until(lambda: _changed(search, rebuilt, last))
    assert await search.visible() != before


async def _shows(search: Search, document: str) -> bool:
    return await search.index.active() is not None and document in await search.visible()


async def _set_aside_without_rest(search: Search) -> bool:
    """Whether something was given up; what failed does not rest meanwhile."""
    await search.rested()
    return bool(await search.set_aside())


async def _changed(search: Search, statement: str, before: Any) -> bool:
    return await values(search.database, statement) != [before]


async def _until_rest(search: Search, indexer: Indexer) -> None:
    """Runs an indexer until nothing is left, or its process would have ended."""
    work = asyncio.ensure_future(indexer.run())
    rest = asyncio.ensure_future(until(search.rests, 25))
    try:
        await asyncio.wait({work, rest}, return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            work.result()
        await rest
    finally:
        for task in (work, rest):
            task.cancel()
        await asyncio.gather(work, rest, return_exceptions=True)


class _Killed(BaseException):
    """Stands for the end of the process: nothing after it is cleaned up."""


class _Wrapped:
    """The real index, with a moment before each write in which a test does something."""

    def __init__(self, index: Any) -> None:
        self._index = index

    def __getattr__(self, name: str) -> Any:
        return getattr(self._index, name)

    async def before(self, documents: Sequence[IndexDocument]) -> None:
        raise NotImplementedError

    async def write(self, name: str, documents: Sequence[IndexDocument]) -> list[Outcome]:
        await self.before(documents)
        written: list[Outcome] = await self._index.write(name, documents)
        return written


class _Answering(_Wrapped):
    """Says one thing about every document."""

    def __init__(self, index: Any, status: Any) -> None:
        super().__init__(index)
        self._status = status

    async def write(self, _name: str, documents: Sequence[IndexDocument]) -> list[Outcome]:
        return [Outcome(document.id, self._status, "a field is too large") for document in documents]


class _EndingTheProcess(_Wrapped):
    def __init__(self, index: Any, document: str) -> None:
        super().__init__(index)
        self._document = document

    async def before(self, documents: Sequence[IndexDocument]) -> None:
        if any(one.id == self._document for one in documents):
            raise _Killed


class _FailingAt(_EndingTheProcess):
    async def before(self, documents: Sequence[IndexDocument]) -> None:
        if any(one.id == self._document for one in documents):
            raise EngineFailed("a panic")


class _Away(_Wrapped):
    away, asked = True, 0

    async def before(self, _documents: Sequence[IndexDocument]) -> None:
        self.asked += 1
        if self.away:
            raise SearchUnavailable("no answer")


class _Slow(_Wrapped):
    """Takes longer for a write than a leader may be silent."""

    async def before(self, _documents: Sequence[IndexDocument]) -> None:
        await asyncio.sleep(FAST.silence * 2)


_MEETING = {"slug": "m", "title": {"en": "A meeting"}, "kind": "seminar", "date_status": "planned"}

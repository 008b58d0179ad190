"""The indexer when the index is lost, refuses, or is asked for anew while it is being built."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import pytest
from sqlalchemy import event, text

from aep_search.index.port import IndexDocument, Outcome
from aep_search.index.tantivy import TantivyIndex
from aep_search.indexing import marks
from aep_search.indexing.indexer import Indexer, request_rebuild
from aep_shared.contracts.topics import PARTNER
from aep_shared.db import Database
from aep_shared.db.migrations import migrate
from aep_shared.http.after import Awaited
from tests.conftest import NewDatabase
from tests.shared.flow import running, until
from tests.shared.timing import PATIENT


class Search(NamedTuple):
    """The database of the service, and its index in a folder."""

    database: Database
    index: TantivyIndex
    folder: Path

    def indexer(self, index: Any = None) -> Indexer:
        return Indexer(self.database, index or self.index, PATIENT)

    async def put(self, slug: str) -> None:
        """A partner arrives."""
        data = {"id": slug, "slug": slug, "kind": "country", "name": {"en": "Ruritania"}}
        async with self.database.connection() as connection:
            await connection.execute(
                _REPLICA, {"topic": PARTNER.name, "key": slug, "data": orjson.dumps(data).decode()}
            )
            await marks.add(connection, "partner", [slug])

    async def rests(self) -> bool:
        async with self.database.reading() as session:
            return bool(await session.scalar(_RESTS))


@pytest.fixture
async def search(new_database: NewDatabase, tmp_path: Path) -> AsyncIterator[Search]:
    database = Database(await new_database("search"))
    await migrate(database.engine, "aep_search")
    index = TantivyIndex(tmp_path / "index")
    await index.open()
    yield Search(database, index, tmp_path / "index")
    await index.close()
    await database.close()


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
    assert await search.index.count(built) == 1
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


async def test_a_document_that_the_index_refused_is_not_called_indexed(search: Search) -> None:
    refusing = _Refusing(search.index)
    async with running(search.indexer(refusing).run):
        await search.put("p")
        await until(search.rests)
    async with search.database.reading() as session:
        assert await marks.indexed_at(session, PARTNER.name, "p") is None
        awaited = {Awaited(PARTNER.name, "p", 1)}
        assert await marks.not_indexed(session, awaited) == awaited
        assert await session.scalar(text("SELECT refused FROM index_marks")) == "a field is too large"


class _Refusing:
    def __init__(self, index: TantivyIndex) -> None:
        self._index = index

    def __getattr__(self, name: str) -> Any:
        return getattr(self._index, name)

    async def write(self, _name: str, documents: Sequence[IndexDocument]) -> list[Outcome]:
        return [Outcome(document.id, "refused", "a field is too large") for document in documents]


_REPLICA = text("""
INSERT INTO replicas (topic, key, partition, version, deleted, data)
VALUES (:topic, :key, 0, 1, false, CAST(:data AS jsonb))
""")
_RESTS = text("""
SELECT rebuild_requested_at IS NULL
    AND NOT EXISTS (SELECT 1 FROM index_marks WHERE indexed_at IS NULL AND refused IS NULL)
FROM index_state
""")

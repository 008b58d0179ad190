"""An indexer that dies after it wrote and before it cleared the marks: its successor writes the same again."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from aep_search.index.port import IndexDocument, Outcome
from aep_search.index.tantivy.index import TantivyIndex
from aep_search.indexing.indexer import Indexer, request_rebuild
from aep_shared.database import Database
from tests.search.conftest import Search
from tests.shared.dying import die, killed_in
from tests.shared.flowing import running, until
from tests.shared.timing import FAST


async def test_an_indexer_that_dies_between_writing_and_clearing(search: Search) -> None:
    await search.put("first")
    async with running(search.indexer(timing=FAST).run):
        await until(search.rests, 60)
    second = await search.put("second")
    await search.index.close()
    await killed_in(__name__, search.database.dsn, str(search.folder))
    await search.index.open()
    assert f"partner:{second}" in await search.visible()
    assert not await search.rests()
    async with running(search.indexer(timing=FAST).run):
        await until(search.rests, 60)
        live = await search.visible()
        await request_rebuild(search.database)
        await until(search.rests, 60)
    assert live == await search.visible()
    assert len(live) == 2
    assert await search.set_aside() == {}


class _DyingIndex(TantivyIndex):
    async def write(self, name: str, documents: Sequence[IndexDocument]) -> list[Outcome]:
        outcomes = await super().write(name, documents)
        die()
        return outcomes


async def _index(dsn: str, folder: str) -> None:
    index = _DyingIndex(Path(folder))
    await index.open()
    await Indexer(Database(dsn), index, FAST).run()


if __name__ == "__main__":
    asyncio.run(_index(*sys.argv[1:]))

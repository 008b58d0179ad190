"""The search service's database and its embedded index; replicas arrive as the consumer brings them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from uuid import NAMESPACE_DNS, uuid5

import orjson
import pytest
from sqlalchemy import text

from aep_search.app import build
from aep_search.index.tantivy.index import TantivyIndex
from aep_search.indexing import marks
from aep_search.indexing.indexer import Indexer
from aep_shared.contracts.topics import PARTNER, Topic
from aep_shared.database import Database
from aep_shared.flow.consumer import Change
from aep_shared.timing import Timing
from tests.conftest import NewDatabase
from tests.served import Served, served
from tests.shared.statements import rows, run, values
from tests.shared.timing import PATIENT

_NAMES = uuid5(NAMESPACE_DNS, "indexing.example")


def key_of(name: str) -> str:
    """An aggregate's id, the same for the same name."""
    return str(uuid5(_NAMES, name))


async def arrives(database: Database, topic: Topic, name: str, state: Mapping[str, Any] | None) -> str:
    """The newest state of an aggregate, or its tombstone, as the consumer stores and marks it; its key."""
    key = key_of(name)
    data = None if state is None else orjson.dumps({"id": key, **state}).decode()
    async with database.connection() as connection:
        await connection.execute(_REPLICA, {"topic": topic.name, "key": key, "data": data})
        await marks.on_change(connection, [Change(topic.name, key, 1, state is None)])
    return key


async def has_text(database: Database, slug: str, **said: Any) -> None:
    """A published text without paragraphs; withdrawn where `withdrawn` is said."""
    words = {"title": {"en": slug.title()}, "kind": "conclusions", "status": "adopted", "date": "2026-01-01"}
    withdrawn = said.pop("withdrawn", False)
    data = orjson.dumps({**words, **said}).decode()
    key = key_of(slug)
    await run(database, _TEXT, id=key, slug=slug, data=data, withdrawn=withdrawn)


class Search(NamedTuple):
    """The database of the service, and its index in a folder."""

    database: Database
    index: TantivyIndex
    folder: Path

    def indexer(self, index: Any = None, timing: Timing = PATIENT) -> Indexer:
        return Indexer(self.database, index or self.index, timing)

    async def put(self, slug: str) -> str:
        """A partner arrives; its key."""
        return await self.arrives(PARTNER, slug, {"slug": slug, "kind": "country", "name": {"en": f"Ruritania {slug}"}})

    async def arrives(self, topic: Topic, name: str, state: Mapping[str, Any] | None) -> str:
        """The newest state of an aggregate, or its tombstone, as the consumer stores and marks it."""
        return await arrives(self.database, topic, name, state)

    async def rests(self) -> bool:
        """Whether nothing is left that the indexer would take now, or after a pause."""
        return bool((await values(self.database, _RESTS))[0])

    async def visible(self) -> dict[str, str]:
        """What readers can find: the digests of the documents of the active index."""
        active = await self.index.active()
        assert active is not None
        return {one.id: one.digest async for one in self.index.dump(active) if not one.hidden}

    async def set_aside(self) -> dict[str, str]:
        """The reasons of what the indexer gave up, by item."""
        found = await rows(self.database, "SELECT item, reason FROM job_attempts WHERE aside_at IS NOT NULL")
        return {row.item: row.reason for row in found}

    async def rested(self) -> None:
        """What rests after a failure may be tried again now."""
        await run(self.database, "UPDATE job_attempts SET next_attempt_at = clock_timestamp()")


@pytest.fixture
async def api(migrated: NewDatabase, new_database: NewDatabase, tmp_path: Path) -> AsyncIterator[Served]:
    """The API of the service, without its loops."""
    environ = {
        "AEP_SEARCH_DATABASE_URL": await migrated("search"),
        "AEP_EVENT_LOG_URL": await new_database("log"),
        "AEP_SEARCH_INDEX_URL": f"tantivy://{tmp_path}/index",
    }
    async with served(build, environ) as service:
        yield service


@pytest.fixture
async def search(migrated: NewDatabase, tmp_path: Path) -> AsyncIterator[Search]:
    database = Database(await migrated("search"))
    index = TantivyIndex(tmp_path / "index")
    await index.open()
    yield Search(database, index, tmp_path / "index")
    await index.close()
    await database.close()


_REPLICA = text("""
INSERT INTO replicas AS known (topic, key, partition, version, deleted, data)
VALUES (:topic, :key, 0, 1, CAST(:data AS jsonb) IS NULL, CAST(:data AS jsonb))
ON CONFLICT (topic, key) DO UPDATE SET version = known.version + 1, deleted = excluded.deleted, data = excluded.data
""")
_TEXT = """
INSERT INTO publications (id, slug, data, source_file, source_name, source_digest, deleted_at)
VALUES (CAST(:id AS uuid), :slug, CAST(:data AS jsonb), '', 'text.txt', '',
    CASE WHEN :withdrawn THEN clock_timestamp() END)
"""
_RESTS = """
SELECT rebuild_requested_at IS NULL AND NOT EXISTS (
    SELECT 1 FROM index_marks m WHERE indexed_at IS NULL AND NOT EXISTS (
        SELECT 1 FROM job_attempts a WHERE a.item = m.type || ':' || m.key AND a.aside_at IS NOT NULL))
FROM index_state
"""

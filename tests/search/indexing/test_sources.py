"""Documents follow what they refer to, also by a slug that it no longer has."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlalchemy import text

from aep_search.index.port import IndexDocument
from aep_search.indexing import documents, sources
from aep_search.indexing.affected import DocumentKey
from aep_search.indexing.kinds import KINDS
from aep_shared.contracts import topics
from aep_shared.database import Database
from tests.conftest import NewDatabase

_PUT = text("""
INSERT INTO replicas (topic, key, partition, version, deleted, data)
VALUES (:topic, :key, 0, 1, false, CAST(:data AS jsonb))
""")
_TYPE = {
    topics.PARTNER: "partner",
    topics.INITIATIVE: "initiative",
    topics.UPDATE: "update",
    topics.MEETING: "meeting",
    topics.FRAMEWORK_NODE: "framework-node",
}
RENAMED = [
    (topics.PARTNER, {"slug": "austria", "former_slugs": ["osterreich"], "kind": "country", "name": {"en": "Austria"}}),
    (
        topics.FRAMEWORK_NODE,
        {"slug": "so1", "former_slugs": ["objective-1"], "kind": "objective", "title": {"en": "Objective"}},
    ),
    (topics.FRAMEWORK_NODE, {"slug": "a1", "kind": "action", "parent": "objective-1", "title": {"en": "A"}}),
    (
        topics.INITIATIVE,
        {
            "slug": "port-lab",
            "former_slugs": ["harbour-lab"],
            "status": "running",
            "title": {"en": "P"},
            "partners": [{"partner": "osterreich", "role": "host"}],
            "framework": [{"node": "a1"}],
        },
    ),
    (
        topics.UPDATE,
        {
            "about": {"type": "initiative", "slug": "harbour-lab"},
            "kind": "news",
            "title": {"en": "U"},
            "text": {"en": "T"},
            "approved_at": "2026-01-01T00:00:00Z",
        },
    ),
    (
        topics.UPDATE,
        {
            "about": {"type": "partner", "slug": "osterreich"},
            "kind": "news",
            "title": {"en": "U"},
            "text": {"en": "T"},
            "approved_at": "2026-01-01T00:00:00Z",
        },
    ),
    (
        topics.MEETING,
        {
            "slug": "som",
            "kind": "som",
            "title": {"en": "M"},
            "date": "2026-01",
            "date_status": "planned",
            "host": "osterreich",
        },
    ),
]


@pytest.fixture
async def database(migrated: NewDatabase) -> AsyncIterator[Database]:
    made = Database(await migrated("search"))
    yield made
    await made.close()


async def _built(database: Database) -> dict[DocumentKey, IndexDocument]:
    keys: list[DocumentKey] = []
    async with database.connection() as connection:
        for number, (topic, state) in enumerate(RENAMED):
            data: dict[str, Any] = {"id": str(UUID(int=number)), **state}
            await connection.execute(
                _PUT, {"topic": topic.name, "key": str(number), "data": orjson.dumps(data).decode()}
            )
            keys.append((_TYPE[topic], str(number)))
        indexed = [key for key in keys if key[0] in KINDS]
        found = await sources.read(connection, indexed)
    return {key: documents.build(key, 1, found) for key in indexed}


async def test_a_document_follows_renamed_partners_initiatives_and_objectives(database: Database) -> None:
    built = await _built(database)
    for key in (("initiative", "3"), ("update", "4"), ("update", "5"), ("meeting", "6")):
        assert built[key].partners == ("austria",), key
    for key in (("initiative", "3"), ("update", "4")):
        assert built[key].objectives == ("so1",), key
    assert built["update", "4"].stored["about"] == {"type": "initiative", "slug": "port-lab"}
    assert "Austria" in built["initiative", "3"].texts["en"].body

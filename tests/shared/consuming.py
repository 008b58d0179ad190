"""Helpers of the consumers' tests: groups that journal what they applied, in the same transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from aep_shared.contracts.topics import GROUP, INITIATIVE, Topic
from aep_shared.database import Database
from aep_shared.eventlog.port import EventLog, Record
from aep_shared.flow.consumer import Change, ConsumerGroup
from tests.shared.flowing import until
from tests.shared.statements import rows
from tests.shared.timing import FAST


async def make_journal(database: Database) -> None:
    async with database.connection() as connection:
        await connection.execute(text("CREATE TABLE journal (topic text, key text, version bigint, gone boolean)"))


async def journal(connection: AsyncConnection, changes: Sequence[Change]) -> None:
    """A hook that notes every change, also one that comes twice."""
    rows = [{"t": c.topic, "k": c.key, "v": c.version, "gone": c.gone} for c in changes]
    await connection.execute(text("INSERT INTO journal VALUES (:t, :k, :v, :gone)"), rows)


async def journalled(database: Database) -> Counter[tuple[str, int]]:
    """How often each version of each key was applied."""
    async with database.reading() as session:
        return Counter((row.key, row.version) for row in await session.execute(text("SELECT * FROM journal")))


def group(database: Database, log: EventLog, *topics: Topic, **options: Any) -> ConsumerGroup:
    options = {"hook": journal, "timing": FAST, **options}
    return ConsumerGroup(database, log, "flow", topics or (GROUP,), **options)


async def replicas(database: Database) -> Mapping[str, Any]:
    """All replicas by key, the deleted ones too."""
    return {row.key: row for row in await rows(database, "SELECT * FROM replicas")}


async def visible(database: Database) -> set[str]:
    """The keys of the replicas that readers see."""
    return {row.key for row in await rows(database, "SELECT key FROM replicas WHERE NOT deleted")}


async def positions(database: Database) -> Mapping[tuple[str, int], int]:
    found = await rows(database, "SELECT topic, partition, position FROM positions")
    return {(row.topic, row.partition): row.position for row in found}


async def read_to_the_end(database: Database, log: EventLog, *topics: Topic) -> None:
    """Waits until the positions of all partitions are at the end and no rebuild is under way."""

    async def there() -> bool:
        found = await positions(database)
        ends = {(t.name, p): b.next for t in topics or (GROUP,) for p, b in (await log.bounds(t.name)).items()}
        return found == ends and not await rows(database, "SELECT 1 FROM positions WHERE rebuild IS NOT NULL")

    await until(there)


async def append(log: EventLog, *records: Record) -> None:
    await log.append(records)


async def dead_letters(database: Database) -> Sequence[Any]:
    return await rows(database, "SELECT * FROM dead_letters ORDER BY failed_at")


__all__ = ["GROUP", "INITIATIVE", "rows"]

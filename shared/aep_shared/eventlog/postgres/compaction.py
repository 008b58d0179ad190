"""Compaction of the log's tables, in steps that each take a moment.

Deleting is safe for readers at any time: they see either version, and offsets may have gaps.
"""

from __future__ import annotations

import asyncpg

STEP = 20_000
"""How many offsets, or tombstones, one statement looks at: a backlog of any size is worked off."""

Connection = asyncpg.pool.PoolConnectionProxy


async def compact(connection: Connection) -> int:
    """Removes what a later record of its key supersedes, and tombstones past their days; the count."""
    removed = 0
    for topic, partition, start, end in await connection.fetch(_BEHIND):
        for low in range(start, end, STEP):
            async with connection.transaction():
                removed += int(await connection.fetchval(_COMPACT, topic, partition, low, min(low + STEP, end)))
    while expired := int(await connection.fetchval(_EXPIRE, STEP)):
        removed += expired
    return removed


_BEHIND = "SELECT topic, partition, compacted_to, next_offset FROM log_partitions WHERE compacted_to < next_offset"

# Below the step only the latest record of each key is left, so each step removes what it makes superfluous there.
_COMPACT = """
WITH fresh AS (
    SELECT key, max("offset") AS latest FROM log_records
    WHERE topic = $1 AND partition = $2 AND "offset" >= $3 AND "offset" < $4
    GROUP BY key
), removed AS (
    DELETE FROM log_records old USING fresh
    WHERE old.topic = $1 AND old.partition = $2 AND old.key = fresh.key AND old."offset" < fresh.latest
    RETURNING 1
), moved AS (
    UPDATE log_partitions SET compacted_to = $4 WHERE topic = $1 AND partition = $2 AND compacted_to < $4
)
SELECT count(*) FROM removed
"""

# The last record of a partition always stays, so that a reader at the end knows that it is there.
_EXPIRE = """
WITH expired AS (
    SELECT r.topic, r.partition, r."offset" FROM log_records r
    JOIN log_topics t ON r.topic = t.name
    JOIN log_partitions p ON p.topic = r.topic AND p.partition = r.partition
    WHERE r.value IS NULL AND r."offset" < p.next_offset - 1
      AND r.appended_at < clock_timestamp() - t.tombstone_days * interval '1 day'
    LIMIT $1
), removed AS (
    DELETE FROM log_records r USING expired e
    WHERE r.topic = e.topic AND r.partition = e.partition AND r."offset" = e."offset"
    RETURNING 1
)
SELECT count(*) FROM removed
"""

"""Reads the log's tables with one statement for all partitions."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager

import asyncpg
import orjson

from aep_shared.eventlog.port import (
    READ_BYTES,
    Batch,
    PositionOutOfRange,
    StoredRecord,
    TopicPartition,
    UnknownTopic,
)

Connect = Callable[[], AbstractAsyncContextManager[asyncpg.pool.PoolConnectionProxy]]

_FALLBACK_POLL_SECONDS = 5.0


class PostgresReader:
    """Reads with one statement for all partitions; sleeps until a notification names one of its topics.

    `wakes` are the events that a notification sets, by topic.
    """

    def __init__(self, connect: Connect, wakes: Mapping[str, set[asyncio.Event]]) -> None:
        self._connect = connect
        self._wakes = wakes
        self._positions: dict[TopicPartition, int] = {}
        self._wake = asyncio.Event()
        self._idle_until = 0.0

    async def assign(self, positions: Mapping[TopicPartition, int]) -> None:
        self._forget()
        self._positions = dict(positions)
        for place in positions:
            self._wakes[place.topic].add(self._wake)
        self._wake.set()

    async def read(self, limit: int, wait: float) -> Mapping[TopicPartition, Batch]:
        now = asyncio.get_running_loop().time
        deadline = now() + wait
        while True:
            if self._wake.is_set() or now() >= self._idle_until:
                self._wake.clear()
                # Until a look finds nothing: also one that fails is repeated at once.
                self._idle_until = 0.0
                if found := await self._fetch(limit):
                    return found
                self._idle_until = now() + _FALLBACK_POLL_SECONDS
            left = min(deadline, self._idle_until) - now()
            if left <= 0:
                return {}
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._wake.wait()

    def position(self, place: TopicPartition) -> int:
        return self._positions[place]

    async def close(self) -> None:
        self._forget()

    def _forget(self) -> None:
        for place in self._positions:
            self._wakes[place.topic].discard(self._wake)
        self._positions = {}

    async def _fetch(self, limit: int) -> dict[TopicPartition, Batch]:
        if not self._positions:
            return {}
        # The limit cuts the list off, so no partition may always stand at its end.
        places = random.sample(list(self._positions), len(self._positions))
        arguments = (
            [p.topic for p in places],
            [p.partition for p in places],
            [self._positions[p] for p in places],
        )
        async with self._connect() as connection:
            rows = await connection.fetch(_READ, *arguments, limit, READ_BYTES)
            ends = {} if rows else {(r[0], r[1]): r[2] for r in await connection.fetch(_ENDS, *arguments[:2])}
        if not rows:
            self._check(ends)
        found: dict[TopicPartition, list[StoredRecord]] = defaultdict(list)
        for topic, partition, offset, key, value, headers in rows:
            encoded = {name: text.encode() for name, text in orjson.loads(headers).items()}
            found[TopicPartition(topic, partition)].append(StoredRecord(topic, partition, key, value, encoded, offset))
        batches = {place: Batch(self._positions[place], records) for place, records in found.items()}
        self._positions |= {place: batch.after for place, batch in batches.items()}
        return batches

    def _check(self, ends: Mapping[tuple[str, int], int]) -> None:
        for place, position in self._positions.items():
            end = ends.get(place)
            if end is None:
                raise UnknownTopic(f"{place.topic} partition {place.partition}")
            if position > end:
                raise PositionOutOfRange(f"{place.topic} partition {place.partition} ends at {end}, not {position}")


# Rows are taken up to the limit first, and only then measured: what is larger than allowed is left for the next time.
# One record always fits.
_READ = """
SELECT topic, partition, "offset", key, value, headers FROM (
    SELECT *, sum(size) OVER (ORDER BY number, "offset") AS size_to_here FROM (
        SELECT place.number, r.topic, r.partition, r."offset", r.key, r.value, r.headers,
               coalesce(octet_length(r.value), 0) AS size
        FROM unnest($1::text[], $2::integer[], $3::bigint[]) WITH ORDINALITY
             AS place (topic, partition, position, number)
        CROSS JOIN LATERAL (
            SELECT * FROM log_records l
            WHERE l.topic = place.topic AND l.partition = place.partition AND l."offset" >= place.position
            ORDER BY l."offset" LIMIT $4
        ) r
        LIMIT $4
    ) AS taken
) AS sized
WHERE size_to_here - size <= $5
ORDER BY number, "offset"
"""

_ENDS = """
SELECT p.topic, p.partition, p.next_offset FROM unnest($1::text[], $2::integer[]) AS place (topic, partition)
JOIN log_partitions p USING (topic, partition)
"""

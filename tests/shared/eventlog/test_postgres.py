"""What the log's tables need besides the contract: compaction in steps, and no wait for a writer that hangs."""

from __future__ import annotations

import asyncpg
import pytest

from aep_shared.eventlog.port import EventLogError, Record, TopicSpec
from aep_shared.eventlog.postgres import compaction
from tests.shared.eventlog.sides import PostgresSide, opened, read_all

TOPIC = "aep.test.compacted.v1"


@pytest.mark.parametrize("step", [3, 7, 1000])
async def test_compaction_in_steps_keeps_the_last_record_of_each_key(
    postgres_side: PostgresSide, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    monkeypatch.setattr(compaction, "STEP", step)
    async with opened(postgres_side.log()) as log:
        await log.create_topics([TopicSpec(TOPIC, 1)])
        keys = ["a", "b", "a", "c", "b", "b", "d", "a", "c", "c", "e", "a"]
        for start in (0, 6):
            await log.append([Record(TOPIC, 0, key, b"x") for key in keys[start : start + 6]])
            await log.compact()
        assert [(r.key, r.offset) for r in await read_all(log, TOPIC)] == [
            ("b", 5),
            ("d", 6),
            ("c", 9),
            ("e", 10),
            ("a", 11),
        ]
        assert await log.compact() == 0


async def test_compaction_that_is_stopped_keeps_the_steps_that_it_made(
    postgres_side: PostgresSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a backlog past a certain size would never be worked off."""
    monkeypatch.setattr(compaction, "STEP", 10)
    async with opened(postgres_side.log()) as log:
        await log.create_topics([TopicSpec(TOPIC, 1)])
        await log.append([Record(TOPIC, 0, f"k{number % 2}", b"x") for number in range(50)])
        other = await asyncpg.connect(log.dsn)
        await other.execute('BEGIN; SELECT 1 FROM log_records WHERE "offset" = 31 FOR UPDATE')
        with pytest.raises(EventLogError):
            await log.compact()
        assert await other.fetchval("SELECT compacted_to FROM log_partitions WHERE topic = $1", TOPIC) == 30
        await other.execute("ROLLBACK")
        await log.compact()
        assert len(await read_all(log, TOPIC)) == 2
        await other.close()


async def test_old_tombstones_expire_all_but_the_last_record_of_a_partition(
    postgres_side: PostgresSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader at the end knows by the last record that it is there, also in a partition of nothing but tombstones."""
    monkeypatch.setattr(compaction, "STEP", 2)
    async with opened(postgres_side.log()) as log:
        await log.create_topics([TopicSpec(TOPIC, 2)])
        await log.append([Record(TOPIC, number % 2, f"k{number}", None) for number in range(10)])
        async with log._connection() as connection:
            await connection.execute("UPDATE log_records SET appended_at = appended_at - interval '31 days'")
        assert await log.compact() == 8
        assert {(r.partition, r.key) for r in await read_all(log, TOPIC)} == {(0, "k8"), (1, "k9")}

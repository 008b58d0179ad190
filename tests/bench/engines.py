"""Real PostgreSQL and Kafka beside the subject: started on their own core, with fresh databases and topics."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg

from aep_engines import Kafka
from aep_shared.contracts.topics import UPDATE
from aep_shared.database import Database
from aep_shared.eventlog.kafka import KafkaEventLog
from aep_shared.eventlog.port import TopicSpec
from aep_standalone.postgres import EmbeddedPostgres
from tests.bench.pinning import OTHERS, SUBJECT, pin, pinned
from tests.shared.tables import with_platform_tables

TOPIC = UPDATE
"""Updates are the most frequent events, and hold nothing whose validation takes longer than all the rest."""
_BROKER = {"log.retention.check.interval.ms": "5000", "log.segment.delete.delay.ms": "1000"}
# What earlier windows wrote is deleted instead of compacted: a broker that cleans would work beside the measurement.
_TOPIC = {"cleanup.policy": "delete", "segment.bytes": "67108864"}


@contextlib.contextmanager
def _scratch() -> Any:
    """A short path that the server's user may enter."""
    with tempfile.TemporaryDirectory(prefix="aep-bench-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@contextlib.asynccontextmanager
async def postgres() -> AsyncIterator[Database]:
    """A service's database with the shared tables; this process is on the subject's core."""
    with _scratch() as folder:
        server = EmbeddedPostgres(folder / "pg")
        with pinned(OTHERS):
            await server.start()
        pin(SUBJECT)
        try:
            await server.ensure_database("bench")
            database = await with_platform_tables(server.dsn("bench"))
            try:
                yield database
            finally:
                await database.close()
        finally:
            await server.stop()


@contextlib.asynccontextmanager
async def kafka(retention_bytes: int) -> AsyncIterator[KafkaEventLog]:
    """An event log on a broker that keeps at least `retention_bytes` of each partition of `TOPIC`.

    Raises `EngineMissing` where the machine has no Java.
    """
    with _scratch() as folder:
        with pinned(OTHERS):
            broker = Kafka(folder / "kafka", settings=_BROKER).start()
        pin(SUBJECT)
        log = KafkaEventLog.from_url(f"kafka://{broker.bootstrap_servers}")
        try:
            await log.open()
            await log.create_topics([TopicSpec(TOPIC.name, TOPIC.partitions)])
            await log.cluster.change(TOPIC.name, {**_TOPIC, "retention.bytes": str(retention_bytes)})
            yield log
        finally:
            await log.close()
            broker.stop()


async def written(log: KafkaEventLog) -> int:
    """How many records the topic has ever taken."""
    return sum(bounds.next for bounds in (await log.bounds(TOPIC.name)).values())


@contextlib.asynccontextmanager
async def connected(database: Database) -> AsyncIterator[asyncpg.Connection]:
    """A connection with the durability that the platform's own connections have."""
    connection = await database.raw()
    try:
        yield connection
    finally:
        await connection.close()

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
from aep_shared.database.migrations import migrate
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
async def postgres(service: str | None = None) -> AsyncIterator[Database]:
    """A database with the shared tables, or those of a service; this process is on the subject's core."""
    with _scratch() as folder:
        server = EmbeddedPostgres(folder / "pg")
        with pinned(OTHERS):
            await server.start()
        pin(SUBJECT)
        try:
            await server.ensure_database("bench")
            database = await _database(server.dsn("bench"), service)
            try:
                yield database
            finally:
                await database.close()
        finally:
            await server.stop()


async def _database(dsn: str, service: str | None) -> Database:
    if service is None:
        return await with_platform_tables(dsn)
    database = Database(dsn)
    await migrate(database.engine, f"aep_{service}")
    return database


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

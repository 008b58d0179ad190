"""What the Kafka adapter makes of declared topics, seen with other eyes than its own."""

from __future__ import annotations

import base64
from uuid import UUID

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from aep_engines import Kafka
from aep_shared.eventlog.kafka import KafkaEventLog
from aep_shared.eventlog.port import EventLogError, Record, TopicSpec
from tests.shared.eventlog.sides import KafkaSide, opened, read_all, until

pytestmark = pytest.mark.engines
_DAY_MS = 86_400_000


async def configuration(broker: Kafka, topic: str) -> dict[str, str]:
    admin = AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap_servers)
    await admin.start()
    (answer,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    await admin.close()
    return {entry[0]: entry[1] for entry in answer.resources[0][4]}


async def test_a_topic_is_compacted_and_keeps_tombstones_as_declared(kafka: Kafka, kafka_side: KafkaSide) -> None:
    async with opened(kafka_side.log()) as log:
        await log.create_topics([TopicSpec("aep.test.declared.v1", 2, tombstone_days=40)])
    found = await configuration(kafka, "aep.test.declared.v1")
    assert found["cleanup.policy"] == "compact"
    assert found["delete.retention.ms"] == str(40 * _DAY_MS)
    assert int(found["min.compaction.lag.ms"]) > 0


async def test_a_topic_that_would_forget_is_made_to_keep_and_its_other_settings_stay(
    kafka: Kafka, kafka_side: KafkaSide
) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap_servers)
    await admin.start()
    chosen = {"cleanup.policy": "delete", "retention.ms": "1000000", "segment.bytes": "2000000"}
    await admin.create_topics([NewTopic("aep.test.foreign.v1", 1, 1, topic_configs=chosen)])
    await admin.close()
    async with opened(kafka_side.log()) as log:
        await log.create_topics([TopicSpec("aep.test.foreign.v1", 1)])
    found = await configuration(kafka, "aep.test.foreign.v1")
    assert (found["cleanup.policy"], found["delete.retention.ms"]) == ("compact", str(30 * _DAY_MS))
    assert (found["retention.ms"], found["segment.bytes"]) == ("1000000", "2000000")


async def test_the_identity_is_the_topic_id_that_the_broker_wrote(kafka: Kafka, kafka_side: KafkaSide) -> None:
    topic = "aep.test.identity.v1"
    async with opened(kafka_side.log()) as log:
        await log.create_topics([TopicSpec(topic, 1)])
        identity = await log.identity(topic)
    file = kafka.data / "log" / f"{topic}-0" / "partition.metadata"

    async def on_disk() -> bool:
        return file.exists() and "topic_id: " in file.read_text()

    await until(on_disk, 10)
    written = file.read_text()
    assert UUID(bytes=base64.urlsafe_b64decode(written.split("topic_id: ")[1].strip() + "==")) == UUID(identity)


async def test_a_broker_that_cannot_keep_the_copies_refuses(kafka: Kafka) -> None:
    log = KafkaEventLog.from_url(f"kafka://{kafka.bootstrap_servers}?replication=3")
    async with opened(log):
        with pytest.raises(EventLogError, match=r"aep\.test\.copies\.v1.*[Rr]eplication"):
            await log.create_topics([TopicSpec("aep.test.copies.v1", 1)])


async def test_compressed_batches_are_read_like_others(kafka: Kafka) -> None:
    log = KafkaEventLog.from_url(f"kafka://{kafka.bootstrap_servers}?compression=gzip")
    async with opened(log):
        await log.create_topics([TopicSpec("aep.test.gzip.v1", 1)])
        bodies = [f"{number}".encode() * 500 for number in range(50)]
        await log.append([Record("aep.test.gzip.v1", 0, "k", body) for body in bodies])
        assert [r.value for r in await read_all(log, "aep.test.gzip.v1")] == bodies

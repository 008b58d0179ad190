from __future__ import annotations

from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from aep_engines import EngineFailed, Kafka
from tests.tools.engines.conftest import found

TOPIC = "aep.registry.initiative.v1"


async def _produce(kafka: Kafka, value: bytes) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap_servers, enable_idempotence=True)
    await producer.start()
    try:
        await producer.send_and_wait(TOPIC, value, key=b"1", headers=[("ce_id", b"1")])
    finally:
        await producer.stop()


async def _consume(kafka: Kafka, count: int) -> list[bytes]:
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka.bootstrap_servers, auto_offset_reset="earliest")
    await consumer.start()
    try:
        consumer.assign([TopicPartition(TOPIC, 0)])
        return [(await consumer.getone()).value for _ in range(count)]
    finally:
        await consumer.stop()


async def test_records_survive_a_kill_and_a_restart_on_the_same_port(kafka: Kafka) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap_servers)
    await admin.start()
    await admin.create_topics([NewTopic(TOPIC, 1, 1, topic_configs={"cleanup.policy": "compact"})])
    await admin.close()
    await _produce(kafka, b"before")
    address, pid = kafka.bootstrap_servers, kafka.pid
    kafka.kill()
    kafka.restart()
    assert kafka.bootstrap_servers == address
    assert kafka.pid != pid
    await _produce(kafka, b"after")
    assert await _consume(kafka, 2) == [b"before", b"after"]


def test_a_broker_that_does_not_start_shows_its_log(tmp_path: Path, kafka: Kafka) -> None:
    with pytest.raises(EngineFailed, match=r"(?s)ended at its start.*in use"):
        found("engines", Kafka(tmp_path, port=kafka.port).start)

"""The same tests for both adapters of the event log."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from aep_engines import Kafka
from aep_shared.eventlog.port import EventLog, TopicSpec
from aep_standalone.postgres import EmbeddedPostgres
from tests.shared.eventlog.sides import KafkaSide, PostgresSide, Side, opened

NewTopic = Callable[..., Awaitable[str]]


@pytest.fixture(scope="session")
async def log_server(scratch: Path) -> AsyncIterator[EmbeddedPostgres]:
    """A PostgreSQL of its own: these tests kill it."""
    server = EmbeddedPostgres(scratch / "logpg")
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def postgres_side(log_server: EmbeddedPostgres) -> PostgresSide:
    name = f"log_{secrets.token_hex(4)}"
    await log_server.ensure_database(name)
    return PostgresSide(log_server, name)


@pytest.fixture
def kafka_side(kafka: Kafka) -> KafkaSide:
    return KafkaSide(kafka)


@pytest.fixture(params=["postgres", pytest.param("kafka", marks=pytest.mark.engines)])
def side(request: pytest.FixtureRequest) -> Side:
    found: Side = request.getfixturevalue(f"{request.param}_side")
    return found


@pytest.fixture
async def log(side: Side) -> AsyncIterator[EventLog]:
    async with opened(side.log()) as log:
        yield log


@pytest.fixture
def new_topic(log: EventLog) -> NewTopic:
    """Makes a topic that no other test uses."""

    async def make(partitions: int = 1) -> str:
        name = f"aep.test.{secrets.token_hex(6)}.v1"
        await log.create_topics([TopicSpec(name, partitions)])
        return name

    return make

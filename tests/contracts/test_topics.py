"""Topics are declared completely, keys stay in their partitions, nothing personal has a place in an event."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from aep_shared.contracts import topics
from aep_shared.contracts.schemas import schema_of
from aep_shared.contracts.topics import SERVICES, TOPICS, Topic, consumed_by

PERSONAL = re.compile(r"e_?mail|phone|mobile|fax|address|password|secret|token|birth|passport|first_?name|last_?name")
# Ids of tokens that no longer count, which are no use to sign in with.
HARMLESS = {("aep.registry.subject.v1", "ended_tokens")}

every_topic = pytest.mark.parametrize("topic", TOPICS.values(), ids=TOPICS)


def test_every_declared_topic_is_listed() -> None:
    declared = {value for value in vars(topics).values() if isinstance(value, Topic)}
    assert declared == set(TOPICS.values())


@every_topic
def test_owner_and_consumers_are_services(topic: Topic) -> None:
    assert topic.owner in SERVICES
    assert set(topic.consumers) <= set(SERVICES)
    assert len(set(topic.consumers)) == len(topic.consumers)


@every_topic
def test_a_name_says_owner_aggregate_and_major_version(topic: Topic) -> None:
    assert re.fullmatch(rf"aep\.{topic.owner}\.[a-z]+(-[a-z]+)*\.v[1-9][0-9]*", topic.name)


@every_topic
def test_tombstones_stay_a_month_at_least(topic: Topic) -> None:
    assert topic.tombstone_days >= 30


def test_a_service_reads_what_names_it_as_a_consumer() -> None:
    assert [topic.name for topic in consumed_by("notifications")] == [
        "aep.registry.initiative.v1",
        "aep.registry.subject.v1",
        "aep.registry.update.v1",
    ]


@pytest.mark.parametrize(
    ("key", "partition"),
    [
        ("017dbb63-8000-7000-8000-000000000006", 2),
        ("0197284e-9c00-7000-8000-000000000001", 1),
        ("é", 2),
        ("", 0),
        # The check value of CRC-32 is that of these nine digits: 0xCBF43926.
        ("123456789", 0xCBF43926 % 4),
    ],
)
def test_the_partition_of_a_key_never_changes(key: str, partition: int) -> None:
    assert topics.INITIATIVE.partition_of(key) == partition
    assert topics.PARTNER.partition_of(key) == 0


def property_names(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        for inner in schema.values():
            yield from property_names(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from property_names(inner)


@every_topic
def test_no_field_of_an_event_is_for_something_personal_or_secret(topic: Topic) -> None:
    names = set(property_names(schema_of(topic)))
    assert "id" in names
    assert {name for name in names if PERSONAL.search(name) and (topic.name, name) not in HARMLESS} == set()

"""The topic of subjects: only what the registry sealed is applied, nothing for a time to come, and nothing stops it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import orjson
import pytest
from joserfc.jwk import OKPKey

from aep_shared.access.seals import HEADER, Seals, sealed
from aep_shared.contracts.topics import SUBJECT
from aep_shared.database import Database
from aep_shared.errors import NoKeysYet
from aep_shared.eventlog.port import Record, TopicSpec
from aep_shared.eventlog.postgres import PostgresEventLog
from aep_shared.flow.consumer import ConsumerGroup
from tests.shared.flowing import event, keys_in, running, until
from tests.shared.statements import rows, values
from tests.shared.timing import FAST

MINUTE = 60_000_000


def made(kid: str) -> OKPKey:
    return OKPKey.import_key(OKPKey.generate_key("Ed25519").as_dict(private=True), {"kid": kid})


KEY, FOREIGN = made("one"), made("one")


class Keys:
    """A key source that has no keys at first."""

    def __init__(self, *known: OKPKey) -> None:
        self.known = {key.kid: key for key in known}

    async def find(self, kid: str) -> OKPKey | None:
        if not self.known:
            raise NoKeysYet()
        return self.known.get(kid)


def subject(key: str, version: int, role: str = "reader") -> Record:
    return event(SUBJECT, key, version, orjson.dumps({"id": key, "grants": [{"role": role}]}))


def now() -> int:
    return time.time_ns() // 1000


@pytest.fixture
async def topic(log: PostgresEventLog) -> PostgresEventLog:
    await log.create_topics([TopicSpec(SUBJECT.name, SUBJECT.partitions)])
    return log


@pytest.fixture
def keys() -> Keys:
    return Keys(KEY)


@pytest.fixture
def group(database: Database, topic: PostgresEventLog, keys: Keys) -> ConsumerGroup:
    believes = Seals(keys).believes
    return ConsumerGroup(database, topic, "identity", [SUBJECT], strict=True, timing=FAST, believes=believes)


async def role_of(database: Database, key: str) -> str | None:
    found = await values(database, "SELECT data #>> '{grants,0,role}' FROM replicas WHERE key = :key", key=key)
    return found[0] if found else None


def _another_version(record: Record) -> Record:
    return replace(record, headers={**record.headers, "ce_aggregateversion": str(now() + 1).encode()})


FORGERIES: dict[str, Callable[[str], Record]] = {
    "not sealed": lambda key: subject(key, now(), "officer"),
    "an empty seal": lambda key: _with_seal(subject(key, now(), "officer"), b""),
    "nonsense for a seal": lambda key: _with_seal(subject(key, now(), "officer"), "one.é!!".encode()),
    "another key with the same id": lambda key: sealed(subject(key, now(), "officer"), FOREIGN),
    "an unknown key": lambda key: sealed(subject(key, now(), "officer"), made("two")),
    "another body": lambda key: replace(sealed(subject(key, now()), KEY), value=subject(key, now(), "officer").value),
    "another version": lambda key: _another_version(sealed(subject(key, now(), "officer"), KEY)),
    "a tombstone": lambda key: replace(sealed(subject(key, now()), KEY), value=None),
    "another key of the topic": lambda key: replace(
        sealed(subject(keys_in(SUBJECT, SUBJECT.partition_of(key), 1)[0], now(), "officer"), KEY), key=key
    ),
    "from the future": lambda key: sealed(subject(key, now() + 6 * MINUTE, "officer"), KEY),
    "for ever": lambda key: sealed(subject(key, 2**62, "officer"), KEY),
    "not even an event": lambda key: Record(SUBJECT.name, SUBJECT.partition_of(key), key, b"{}", {}),
}


def _with_seal(record: Record, seal: bytes) -> Record:
    return replace(record, headers={**record.headers, HEADER: seal})


@pytest.mark.parametrize("forgery", FORGERIES)
async def test_what_the_registry_did_not_seal_changes_nothing_and_stops_nothing(
    database: Database, topic: PostgresEventLog, group: ConsumerGroup, forgery: str
) -> None:
    [key, later] = keys_in(SUBJECT, 0, 2)
    true, forged, next_one = subject(key, now()), FORGERIES[forgery](key), subject(later, now())
    await topic.append([sealed(true, KEY), forged, sealed(next_one, KEY)])
    async with running(group.run):
        await until(partial(role_of, database, later))
    assert await role_of(database, key) == "reader"
    assert await rows(database, "SELECT * FROM dead_letters") == []


async def test_a_little_ahead_is_believed(database: Database, topic: PostgresEventLog, group: ConsumerGroup) -> None:
    [key] = keys_in(SUBJECT, 0, 1)
    await topic.append([sealed(subject(key, now() + 4 * MINUTE), KEY)])
    async with running(group.run):
        await until(partial(role_of, database, key))


async def test_events_wait_until_there_are_keys(
    database: Database, topic: PostgresEventLog, group: ConsumerGroup, keys: Keys
) -> None:
    keys.known.clear()
    [key] = keys_in(SUBJECT, 0, 1)
    await topic.append([sealed(subject(key, now()), KEY)])
    async with running(group.run):
        await until(lambda: group._paused)
        keys.known["one"] = KEY
        await until(partial(role_of, database, key))

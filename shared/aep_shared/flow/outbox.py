"""The outbox: publishing is inserting a row in the transaction of the change.

A use case only notes which aggregates it changed. The edge calls `publish` last before its commit: it locks the root
rows in one order, reads their public state in a later statement, raises their event version and inserts. So the order
of outbox ids is the order of commits for each key, and the outbox is locked for moments only.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import TableClause, bindparam, column, insert, select, table, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from aep_shared import telemetry
from aep_shared.access.seals import Believes, everything
from aep_shared.contracts.base import State
from aep_shared.contracts.topic import StoredState
from aep_shared.contracts.topics import AHEAD_MICROSECONDS, Topic
from aep_shared.errors import InvalidInput
from aep_shared.eventlog.port import MAX_RECORD_BYTES

ReadState = Callable[[AsyncConnection, Sequence[UUID]], Awaitable[Mapping[UUID, StoredState]]]

_NOTED = "aep_changed_aggregates"
_OUTBOX = table("outbox", column("topic"), column("key"), column("version"), column("value"), column("traceparent"))


class StateTooLarge(InvalidInput):
    """The record is larger than an event can carry."""

    code = "record-too-large"


@dataclass(frozen=True, slots=True)
class Aggregate:
    """How the outbox finds the state of one kind of aggregate.

    `root` has the columns `id` and `event_version` (0 while nothing of it was ever published). `read` returns the
    public state of those of the given ids that have one: what is missing there is a draft, withdrawn or deleted.
    """

    topic: Topic
    root: TableClause
    read: ReadState
    rootless: frozenset[str] = frozenset()
    """Keys of the topic that are published without a root row."""
    believes: Believes = everything
    """Which records of the topic count when it is read back."""


@dataclass(frozen=True, slots=True)
class Published:
    """What the edge answers with a write, so that a reader can wait for it."""

    type: str
    id: UUID
    version: int


def note(session: AsyncSession, aggregate: Aggregate, *ids: UUID) -> None:
    """Remembers that the aggregates with `ids` changed in this transaction."""
    session.info.setdefault(_NOTED, defaultdict(set))[aggregate.topic.name].update(ids)
    session.info.setdefault("aep_aggregates", {})[aggregate.topic.name] = aggregate


async def publish(session: AsyncSession) -> list[Published]:
    """Publishes every noted aggregate; the edge calls it last before its commit.

    Raises `StateTooLarge`, and `ValueError` where a state does not fit its contract.
    """
    noted: dict[str, set[UUID]] = session.info.pop(_NOTED, {})
    if not noted:
        return []
    await session.flush()
    aggregates = session.info["aep_aggregates"]
    # One order for all transactions: two of them that change A, B and B, A cannot wait for each other here.
    chosen = [(aggregates[name], sorted(noted[name])) for name in sorted(noted)]
    return await _publish(await session.connection(), chosen, {})


async def publish_ids(
    connection: AsyncConnection,
    aggregate: Aggregate,
    ids: Iterable[UUID],
    above: Mapping[UUID, int] | None = None,
) -> list[Published]:
    """Publishes the present state of aggregates as it is: for republishing, within the caller's transaction.

    `above` are versions that the log has already; what is published is newer.
    """
    return await _publish(connection, [(aggregate, sorted(ids))], above or {})


async def publish_tombstones(connection: AsyncConnection, topic: Topic, seen: Mapping[str, int]) -> None:
    """Publishes that keys without a root row are gone; `seen` holds the versions that the log has of them."""
    now = time.time_ns() // 1000
    rows = [_row(topic, key, max(version + 1, now), None) for key, version in sorted(seen.items())]
    if rows:
        await connection.execute(insert(_OUTBOX), rows)


async def _publish(
    connection: AsyncConnection, chosen: Sequence[tuple[Aggregate, Sequence[UUID]]], above: Mapping[UUID, int]
) -> list[Published]:
    locked = [(aggregate, await _lock(connection, aggregate, ids)) for aggregate, ids in chosen]
    # The outbox is written to when nothing is waited for any more: the relay waits for whoever writes to it.
    published: list[Published] = []
    rows: list[dict[str, object]] = []
    for aggregate, previous in locked:
        states = await aggregate.read(connection, list(previous))
        now = time.time_ns() // 1000
        topic = aggregate.topic
        versions = {
            key: max(_believed(topic, version, now) + 1, above.get(key, 0) + 1, now)
            for key, version in previous.items()
            if key in states or version > 0 or key in above
        }
        rows += [_row(topic, str(key), version, states.get(key)) for key, version in versions.items()]
        published += [Published(topic.name, key, version) for key, version in versions.items()]
        await _store_versions(connection, aggregate.root, versions)
    if rows:
        await connection.execute(insert(_OUTBOX), rows)
    return published


def _believed(topic: Topic, version: int, now: int) -> int:
    """The version that readers may have: what a clock far ahead published on a sealed topic was refused by all."""
    return 0 if topic.sealed and version > now + AHEAD_MICROSECONDS else version


async def _lock(connection: AsyncConnection, aggregate: Aggregate, ids: Sequence[UUID]) -> dict[UUID, int]:
    """Locks root rows; their event versions.

    What they were waited for is seen only by later statements, so their states are read in another one.
    """
    root = aggregate.root
    found = await connection.execute(
        select(root.c.id, root.c.event_version).where(root.c.id.in_(ids)).order_by(root.c.id).with_for_update()
    )
    return {row.id: row.event_version for row in found}


async def _store_versions(connection: AsyncConnection, root: TableClause, versions: Mapping[UUID, int]) -> None:
    if versions:
        await connection.execute(
            update(root).where(root.c.id == bindparam("root_id")).values(event_version=bindparam("version")),
            [{"root_id": key, "version": version} for key, version in versions.items()],
        )


def _row(topic: Topic, key: str, version: int, state: StoredState | None) -> dict[str, object]:
    """A row of the outbox; without a state it is a tombstone."""
    value = None if state is None else encode(topic.model, state)
    row = {"topic": topic.name, "key": key, "version": version, "value": value}
    return {**row, "traceparent": telemetry.traceparent.get()}


def encode(model: type[State], state: StoredState) -> str:
    """The body of an event.

    Raises `StateTooLarge`, and `ValueError` where the state does not fit its contract.
    """
    body = model.model_validate(state).model_dump_json()
    size = len(body.encode())
    if size > MAX_RECORD_BYTES:
        raise StateTooLarge(f"the record has {size} bytes, more than the {MAX_RECORD_BYTES} that an event can carry")
    return body

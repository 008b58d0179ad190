"""The outbox: publishing is inserting a row in the transaction of the change.

A use case only notes which aggregates it changed. The edge calls `publish` last before its commit: it locks the root
rows in one order, reads their public state in a later statement, raises their event version and inserts. So the order
of outbox ids is the order of commits for each key, and the outbox is locked for moments only.
"""

from __future__ import annotations

import contextvars
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import TableClause, bindparam, column, insert, select, table, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from aep_shared.contracts.base import State
from aep_shared.contracts.topics import Topic
from aep_shared.errors import InvalidInput
from aep_shared.eventlog.port import MAX_RECORD_BYTES

ReadState = Callable[[AsyncConnection, Sequence[UUID]], Awaitable[Mapping[UUID, dict[str, Any]]]]

traceparent: contextvars.ContextVar[str | None] = contextvars.ContextVar("traceparent", default=None)
"""W3C trace context of the request or message that is being worked on."""

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
    connection = await session.connection()
    published: list[Published] = []
    # One order for all transactions: two of them that change A, B and B, A cannot wait for each other here.
    for name in sorted(noted):
        published += await _publish_type(connection, session.info["aep_aggregates"][name], sorted(noted[name]))
    return published


async def publish_ids(connection: AsyncConnection, aggregate: Aggregate, ids: Iterable[UUID]) -> list[Published]:
    """Publishes the present state of aggregates as it is: for republishing, within the caller's transaction."""
    return await _publish_type(connection, aggregate, sorted(ids))


async def _publish_type(connection: AsyncConnection, aggregate: Aggregate, ids: Sequence[UUID]) -> list[Published]:
    root = aggregate.root
    locked = await connection.execute(
        select(root.c.id, root.c.event_version).where(root.c.id.in_(ids)).order_by(root.c.id).with_for_update()
    )
    versions = {row.id: row.event_version for row in locked}
    # A later statement than the one that locks: only this one sees what a transaction waited for has committed.
    states = await aggregate.read(connection, list(versions))
    now = time.time_ns() // 1000
    rows, raised = [], []
    for key, previous in versions.items():
        state = states.get(key)
        if state is None and previous == 0:
            continue
        version = max(previous + 1, now)
        raised.append({"root_id": key, "version": version})
        rows.append(
            {
                "topic": aggregate.topic.name,
                "key": str(key),
                "version": version,
                "value": None if state is None else _encode(aggregate.topic.model, state),
                "traceparent": traceparent.get(),
            }
        )
    if not rows:
        return []
    await connection.execute(
        update(root).where(root.c.id == bindparam("root_id")).values(event_version=bindparam("version")),
        raised,
    )
    await connection.execute(insert(_OUTBOX), rows)
    return [Published(aggregate.topic.name, r["root_id"], r["version"]) for r in raised]


def _encode(model: type[State], state: dict[str, Any]) -> str:
    body = model.model_validate(state).model_dump_json()
    size = len(body.encode())
    if size > MAX_RECORD_BYTES:
        raise StateTooLarge(f"the record has {size} bytes, more than the {MAX_RECORD_BYTES} that an event can carry")
    return body

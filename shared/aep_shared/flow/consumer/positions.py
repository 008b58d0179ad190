"""How far each partition was read: a row in the consumer's database, moved in the transaction of the effects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from aep_shared.eventlog.port import Bounds, TopicPartition

MAX_DAYS_BEHIND = 25
"""A consumer that did not reach the end for this long may have missed tombstones, which stay 30 days."""


class Fenced(Exception):
    """The position was moved by another owner: roll back and drop the partition."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where to read on; while `rebuild` is set, everything is being read anew and marked as seen."""

    group: str
    place: TopicPartition
    position: int
    rebuild: int | None = None


@dataclass(frozen=True, slots=True)
class Log:
    """Which log a partition is in, and its bounds there."""

    identity: str
    bounds: Bounds


async def open_positions(
    connection: AsyncConnection, group: str, logs: Mapping[TopicPartition, Log], seen: Mapping[TopicPartition, int]
) -> dict[TopicPartition, Position]:
    """The stored positions of these partitions, new ones at the start of their partition.

    `seen` are the positions as they were before the bounds were read: what was stored since may lie beyond those.
    Where the log is another one than before, lost records or was not followed for too long, the position goes back
    to the start and a rebuild begins. While such a log is still empty its partition is left out: what is known stays
    readable until its owner has published again.
    """
    arguments = {"group": group, "days": MAX_DAYS_BEHIND, **_columns(logs, seen)}
    await connection.execute(_CREATE, arguments)
    opened = {}
    for row in await connection.execute(_GET, arguments):
        place = TopicPartition(row.topic, row.partition)
        if row.usable:
            opened[place] = Position(group, place, row.position, row.rebuild)
        elif logs[place].bounds.next > logs[place].bounds.first:
            opened[place] = await _start_rebuild(connection, group, place, logs[place])
    return opened


async def stored(connection: AsyncConnection, group: str) -> dict[TopicPartition, int]:
    """The positions as they are now, to be compared with bounds that are read later."""
    rows = await connection.execute(_STORED, {"group": group})
    return {TopicPartition(row.topic, row.partition): row.position for row in rows}


def _columns(logs: Mapping[TopicPartition, Log], seen: Mapping[TopicPartition, int]) -> dict[str, list[Any]]:
    """One list for each column, as `unnest` takes them."""
    return {
        "topics": [place.topic for place in logs],
        "partitions": [place.partition for place in logs],
        "identities": [log.identity for log in logs.values()],
        "firsts": [log.bounds.first for log in logs.values()],
        "nexts": [log.bounds.next for log in logs.values()],
        "seen": [seen.get(place) for place in logs],
    }


async def _start_rebuild(connection: AsyncConnection, group: str, place: TopicPartition, log: Log) -> Position:
    arguments = {
        "group": group,
        "topic": place.topic,
        "partition": place.partition,
        "identity": log.identity,
        "first": log.bounds.first,
    }
    rebuild = (await connection.execute(_START_REBUILD, arguments)).scalar_one()
    return Position(group, place, log.bounds.first, rebuild)


async def move(connection: AsyncConnection, old: Position, new_position: int) -> Position:
    """Moves the position as the first statement of a batch's transaction.

    Raises `Fenced` when the row does not say what this owner believes.
    """
    moved = await connection.execute(
        _MOVE,
        {
            "group": old.group,
            "topic": old.place.topic,
            "partition": old.place.partition,
            "old": old.position,
            "new": new_position,
            "rebuild": old.rebuild,
        },
    )
    if moved.rowcount != 1:
        raise Fenced(f"{old.group} {old.place.topic} {old.place.partition} is not at {old.position}")
    return replace(old, position=new_position)


async def ends_reached(
    connection: AsyncConnection, held: Mapping[Position, float], sweep_after: float
) -> dict[TopicPartition, bool]:
    """Records that all was applied that was there so many seconds ago; whether the rebuild of each may end.

    A rebuild does not end at once: a log that was lost is filled again by its owner bit by bit, and its end is reached
    many times before everything is there. Left out is a partition that another owner has moved on.
    """
    arguments = {
        "group": next(iter(held)).group,
        "topics": [position.place.topic for position in held],
        "partitions": [position.place.partition for position in held],
        "positions": [position.position for position in held],
        "rebuilds": [position.rebuild for position in held],
        "seconds": list(held.values()),
        "sweep_after": sweep_after,
    }
    rows = await connection.execute(_ENDS_REACHED, arguments)
    return {TopicPartition(row.topic, row.partition): bool(row.may_end) for row in rows}


async def end_rebuild(connection: AsyncConnection, position: Position) -> Position:
    await connection.execute(
        _END_REBUILD,
        {"group": position.group, "topic": position.place.topic, "partition": position.place.partition},
    )
    return replace(position, rebuild=None)


async def failing(connection: AsyncConnection, group: str, place: TopicPartition, reason: str) -> None:
    """Notes why a partition stands still, for everybody who can read the database; the next move clears it."""
    arguments = {
        "group": group,
        "topic": place.topic,
        "partition": place.partition,
        "failure": reason.replace("\0", "\ufffd")[:2000],
    }
    await connection.execute(_FAILING, arguments)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a group stands, over all partitions."""

    reached: int
    """How many reached the end at some time."""
    behind: float
    """Seconds since the one that reached it longest ago did; 0 where none did."""
    still: float | None
    """Seconds that the first one stands still."""
    place: str | None
    failure: str | None
    """Which one that is, and why."""


async def standing(session: AsyncSession, group: str, topics: Sequence[str]) -> Standing:
    row = (await session.execute(_STANDING, {"group": group, "topics": list(topics)})).one()
    return Standing(row.reached, row.behind, row.still, row.place, row.failure)


async def forget(connection: AsyncConnection, group: str, topics: list[str]) -> None:
    """Makes the next owner start a rebuild of these topics."""
    await connection.execute(_FORGET, {"group": group, "topics": topics})


_PLACE = "consumer_group = :group AND topic = :topic AND partition = :partition"

_LOGS = (
    "unnest(CAST(:topics AS text[]), CAST(:partitions AS integer[]), CAST(:identities AS text[]),"
    " CAST(:firsts AS bigint[]), CAST(:nexts AS bigint[]), CAST(:seen AS bigint[]))"
    " AS log (topic, partition, identity, first, next, seen)"
)
_CREATE = text(
    "INSERT INTO positions (consumer_group, topic, partition, position, log_identity)"
    f" SELECT :group, topic, partition, first, identity FROM {_LOGS} ON CONFLICT DO NOTHING"
)
_STORED = text("SELECT topic, partition, position FROM positions WHERE consumer_group = :group")
_GET = text(
    "SELECT topic, partition, coalesce(seen, position) AS position, rebuild,"
    " log_identity = identity AND coalesce(seen, position) BETWEEN first AND next"
    " AND coalesce(end_reached_at, since) > clock_timestamp() - make_interval(days => :days) AS usable"
    f" FROM positions JOIN {_LOGS} USING (topic, partition) WHERE consumer_group = :group"
)
_START_REBUILD = text(
    "UPDATE positions SET position = :first, log_identity = :identity, rebuild = nextval('rebuild_id'),"
    f" since = clock_timestamp(), end_reached_at = NULL WHERE {_PLACE} RETURNING rebuild"
)
_MOVE = text(
    f"UPDATE positions SET position = :new, failure = NULL, failing_since = NULL WHERE {_PLACE} AND position = :old"
    " AND rebuild IS NOT DISTINCT FROM CAST(:rebuild AS bigint)"
)
_ENDS_REACHED = text(
    "UPDATE positions p SET end_reached_at = clock_timestamp() - make_interval(secs => held.seconds),"
    " failure = NULL, failing_since = NULL"
    " FROM unnest(CAST(:topics AS text[]), CAST(:partitions AS integer[]), CAST(:positions AS bigint[]),"
    " CAST(:rebuilds AS bigint[]), CAST(:seconds AS float8[])) AS held (topic, partition, position, rebuild, seconds)"
    " WHERE p.consumer_group = :group AND p.topic = held.topic AND p.partition = held.partition"
    " AND p.position = held.position AND p.rebuild IS NOT DISTINCT FROM held.rebuild"
    " RETURNING p.topic, p.partition, p.rebuild IS NOT NULL"
    " AND p.since < clock_timestamp() - make_interval(secs => :sweep_after) AS may_end"
)
_END_REBUILD = text(f"UPDATE positions SET rebuild = NULL WHERE {_PLACE}")
_FAILING = text(
    "UPDATE positions SET failure = :failure, failing_since = coalesce(failing_since, clock_timestamp())"
    f" WHERE {_PLACE}"
)
_STANDING = text("""
SELECT count(end_reached_at) AS reached,
       coalesce(extract(epoch FROM clock_timestamp() - min(end_reached_at)), 0)::float8 AS behind,
       extract(epoch FROM clock_timestamp() - min(failing_since))::float8 AS still,
       (array_agg(topic || ' ' || partition ORDER BY failing_since))[1] AS place,
       (array_agg(failure ORDER BY failing_since))[1] AS failure
FROM positions WHERE consumer_group = :group AND topic = ANY (CAST(:topics AS text[]))
""")
_FORGET = text(
    "UPDATE positions SET log_identity = 'forgotten' WHERE consumer_group = :group"
    " AND topic = ANY (CAST(:topics AS text[]))"
)

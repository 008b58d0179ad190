"""How far each partition was read: a row in the consumer's database, moved in the transaction of the effects."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

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
    rebuild_to: int | None = None


async def open_position(
    connection: AsyncConnection, group: str, place: TopicPartition, identity: str, bounds: Bounds
) -> Position | None:
    """The stored position, or a new one at the start of the partition.

    Where the log is another one than before, lost records or was not followed for too long, the position goes back
    to the start and a rebuild begins. `None` while such a log is still empty: what is known stays readable until its
    owner has published again.
    """
    arguments = {"group": group, "topic": place.topic, "partition": place.partition, "identity": identity,
                 "first": bounds.first, "next": bounds.next, "days": MAX_DAYS_BEHIND}  # fmt: skip
    await connection.execute(_CREATE, arguments)
    row = (await connection.execute(_GET, arguments)).one()
    known = Position(group, place, row.position, row.rebuild, row.rebuild_to)
    if row.usable:
        return known
    if bounds.next == bounds.first:
        return None
    rebuild = (await connection.execute(_START_REBUILD, arguments)).scalar_one()
    return Position(group, place, bounds.first, rebuild, bounds.next)


async def move(connection: AsyncConnection, old: Position, new_position: int) -> Position:
    """Moves the position as the first statement of a batch's transaction.

    Raises `Fenced` when the row does not say what this owner believes.
    """
    moved = await connection.execute(
        _MOVE,
        {"group": old.group, "topic": old.place.topic, "partition": old.place.partition,
         "old": old.position, "new": new_position, "rebuild": old.rebuild},
    )  # fmt: skip
    if moved.rowcount != 1:
        raise Fenced(f"{old.group} {old.place.topic} {old.place.partition} is not at {old.position}")
    return replace(old, position=new_position)


async def end_reached(connection: AsyncConnection, position: Position, sweep_after: float) -> bool:
    """Records that everything up to the end of the partition was applied; whether a rebuild may end with that.

    Not at once: a log that was lost is filled again by its owner bit by bit, and its end is reached many times
    before everything is there.
    """
    found = await connection.execute(
        _END_REACHED,
        {"group": position.group, "topic": position.place.topic, "partition": position.place.partition,
         "sweep_after": sweep_after},
    )  # fmt: skip
    return bool(found.scalar_one())


async def end_rebuild(connection: AsyncConnection, position: Position) -> Position:
    await connection.execute(
        _END_REBUILD,
        {"group": position.group, "topic": position.place.topic, "partition": position.place.partition},
    )
    return replace(position, rebuild=None, rebuild_to=None)


async def forget(connection: AsyncConnection, group: str, topics: list[str]) -> None:
    """Makes the next owner start a rebuild of these topics."""
    await connection.execute(_FORGET, {"group": group, "topics": topics})


_PLACE = "consumer_group = :group AND topic = :topic AND partition = :partition"

_CREATE = text(
    "INSERT INTO positions (consumer_group, topic, partition, position, log_identity)"
    " VALUES (:group, :topic, :partition, :first, :identity) ON CONFLICT DO NOTHING"
)
_GET = text(
    "SELECT position, rebuild, rebuild_to, log_identity = :identity AND position BETWEEN :first AND :next"
    " AND coalesce(end_reached_at > clock_timestamp() - make_interval(days => :days), true) AS usable"
    f" FROM positions WHERE {_PLACE}"
)
_START_REBUILD = text(
    "UPDATE positions SET position = :first, log_identity = :identity, rebuild = nextval('rebuild_id'),"
    " rebuild_to = :next, rebuild_since = clock_timestamp(), end_reached_at = NULL"
    f" WHERE {_PLACE} RETURNING rebuild"
)
_MOVE = text(
    f"UPDATE positions SET position = :new WHERE {_PLACE} AND position = :old"
    " AND rebuild IS NOT DISTINCT FROM CAST(:rebuild AS bigint)"
)
_END_REACHED = text(
    f"UPDATE positions SET end_reached_at = clock_timestamp() WHERE {_PLACE}"
    " RETURNING rebuild_since < clock_timestamp() - make_interval(secs => :sweep_after)"
)
_END_REBUILD = text(f"UPDATE positions SET rebuild = NULL, rebuild_to = NULL, rebuild_since = NULL WHERE {_PLACE}")
_FORGET = text(
    "UPDATE positions SET log_identity = 'forgotten' WHERE consumer_group = :group"
    " AND topic = ANY (CAST(:topics AS text[]))"
)

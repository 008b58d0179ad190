"""Skipping a record on the database, where nobody can sign in because the topic of subjects stands still.

`python -m aep_<service> skip-record --topic T --partition P --offset N` prints the record and moves the position of the
consumer behind it. Only the record at which the consumer stands can be skipped: nothing is left out unseen.
"""

from __future__ import annotations

import argparse
import sys

from sqlalchemy import text

from aep_shared.access import audit
from aep_shared.eventlog.port import EventLogError, StoredRecord, TopicPartition
from aep_shared.service.platform import Platform


class NothingToSkip(Exception):
    """The consumer does not stand at this record; the message says where it stands."""


async def skip_record(platform: Platform, arguments: list[str]) -> int:
    """The command; its exit code."""
    parser = argparse.ArgumentParser(prog=f"python -m aep_{platform.service} skip-record")
    parser.add_argument("--topic", required=True)
    parser.add_argument("--partition", required=True, type=int)
    parser.add_argument("--offset", required=True, type=int)
    given = parser.parse_args(arguments)
    await platform.open()
    try:
        skipped = await skip(platform, TopicPartition(given.topic, given.partition), given.offset)
    except (NothingToSkip, EventLogError) as problem:
        print(f"aep_{platform.service}: {problem}", file=sys.stderr)
        return 1
    finally:
        await platform.close()
    print(f"skipped {skipped.topic} {skipped.partition}@{skipped.offset}, key {skipped.key!r}")
    for name, value in skipped.headers.items():
        print(f"  {name}: {value.decode(errors='replace')}")
    print("  a tombstone" if skipped.value is None else f"  {skipped.value.decode(errors='replace')[:2000]}")
    return 0


async def skip(platform: Platform, place: TopicPartition, offset: int) -> StoredRecord:
    """Moves the position of the service's consumer behind the record at `offset`, at which it stands; the record.

    A running worker notices that its position was moved, and goes on behind it. Raises `NothingToSkip`.
    """
    group = next((g.name for g in platform.worker.groups if place.topic in g.topics), None)
    if group is None:
        raise NothingToSkip(f"{platform.service} does not read {place.topic}")
    named = {"group": group, "topic": place.topic, "partition": place.partition}
    async with platform.database.transaction() as session:
        position = await session.scalar(_POSITION, named)
        record = None if position is None else await _next(platform, place, position)
        if record is None or record.offset != offset:
            stands = "at the end" if record is None else f"at {record.offset}"
            raise NothingToSkip(f"{group} stands {stands} of {place.topic} {place.partition}, not at {offset}")
        await session.execute(_MOVE, {**named, "position": offset + 1})
        await audit.record(session, audit.MACHINE, "skip-record", place.topic, f"{place.partition}@{offset}")
    return record


async def _next(platform: Platform, place: TopicPartition, position: int) -> StoredRecord | None:
    """The first record from `position` on: compaction leaves holes before it."""
    reader = platform.event_log.reader()
    try:
        await reader.assign({place: position})
        found = await reader.read(1, wait=2.0)
        return next(iter(found.get(place, ())), None)
    finally:
        await reader.close()


_POSITION = text("""
SELECT position FROM positions WHERE consumer_group = :group AND topic = :topic AND partition = :partition FOR UPDATE
""")
_MOVE = text("""
UPDATE positions SET position = :position
WHERE consumer_group = :group AND topic = :topic AND partition = :partition
""")

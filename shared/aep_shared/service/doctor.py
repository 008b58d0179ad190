"""The doctor: compares what a service owns with what its topics say, in the background, and keeps its report.

It runs when an operator asks, and by itself in the process whose relay leads: when that begins to lead on a log that
cannot refuse a late batch of its predecessor, when a topic does not end where the relay left it (the log lost records,
or somebody else appended), once a day, and every minute for the topic of subjects, by which rights are decided.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

import orjson
import structlog
from sqlalchemy import text

from aep_shared.contracts.topics import SUBJECT
from aep_shared.database import Database
from aep_shared.eventlog.port import EventLog, TopicPartition
from aep_shared.flow.outbox import Aggregate
from aep_shared.flow.reconciler import Findings, reconcile, republish
from aep_shared.flow.relay import Relay

log = structlog.get_logger()

LOOK_EVERY_SECONDS = 60.0
_TICK_SECONDS = 1.0
_DAY_SECONDS = 86_400.0
_KINDS: dict[str, Callable[[Database, EventLog, Sequence[Aggregate]], Awaitable[Findings]]] = {
    "reconcile": reconcile,
    "republish": republish,
}


class Doctor:
    """The examinations of one service; one of each kind runs at a time, in whichever process."""

    def __init__(self, database: Database, event_log: EventLog, aggregates: Sequence[Aggregate]) -> None:
        self._database = database
        self._log = event_log
        self.aggregates = aggregates
        self._running: dict[str, asyncio.Task[None]] = {}

    def start(self, kind: str) -> asyncio.Task[None]:
        """Begins an examination, or joins the one of this kind that is under way in this process."""
        task = self._running.get(kind)
        if task is None or task.done():
            task = self._running[kind] = asyncio.create_task(self.examine(kind), name=f"doctor-{kind}")
        return task

    async def examine(self, kind: str) -> None:
        """Runs an examination and stores its report, which also says what it could not look at."""
        connection = await self._database.raw()
        try:
            if not await connection.fetchval(_TRY_LOCK, kind):
                return
            await connection.execute(_BEGUN, kind)
            findings = await _KINDS[kind](self._database, self._log, self.aggregates)
            report = {"counts": {t: n for t, n in findings.counts.items() if n}, "errors": findings.errors}
            await connection.execute(_DONE, kind, orjson.dumps(report).decode())
        except Exception as problem:
            log.exception("examination failed", kind=kind)
            if not connection.is_closed():
                report = {"counts": {}, "errors": [{"topic": None, "key": None, "problem": repr(problem)[:500]}]}
                await connection.execute(_DONE, kind, orjson.dumps(report).decode())
        finally:
            connection.terminate()

    async def last(self, kind: str) -> dict[str, object]:
        """The last report of a kind: counts, errors, started_at, finished_at, and whether another is under way."""
        async with self._database.reading() as session:
            row = (await session.execute(_LAST, {"kind": kind})).one_or_none()
        if row is None:
            return {"counts": {}, "errors": [], "started_at": None, "finished_at": None, "running": False}
        report = row.report or {"counts": {}, "errors": []}
        return {
            **report,
            "started_at": row.started_at.isoformat(),
            "running": row.running,
            "finished_at": row.finished_at and row.finished_at.isoformat(),
        }

    async def close(self) -> None:
        for task in self._running.values():
            task.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)


class Rounds:
    """The examinations that nobody has to ask for, in the process whose relay leads."""

    def __init__(self, database: Database, event_log: EventLog, doctor: Doctor, relay: Relay) -> None:
        self._database = database
        self._log = event_log
        self._doctor = doctor
        self._relay = relay
        self._epoch = 0
        self._looked = 0.0

    async def run(self) -> None:
        """Goes round until cancelled; costs nothing while another leads."""
        while True:
            await asyncio.sleep(_TICK_SECONDS)
            if self._relay.leads:
                await self._round()

    async def _round(self) -> None:
        began = self._relay.leadership.epoch != self._epoch
        now = time.monotonic()
        if not began and now - self._looked < LOOK_EVERY_SECONDS:
            return
        self._looked, self._epoch = now, self._relay.leadership.epoch
        moved = await self._moved_ends()
        if moved or (began and not self._log.fences_writers) or await self._is_due():
            await self._doctor.start("reconcile")
        elif rights := [aggregate for aggregate in self._doctor.aggregates if aggregate.topic == SUBJECT]:
            await reconcile(self._database, self._log, rights)

    async def _moved_ends(self) -> bool:
        """Whether a topic ends elsewhere than the relay left it; from then on it is where it ends now."""
        moved = False
        for topic in {aggregate.topic.name for aggregate in self._doctor.aggregates}:
            before = self._relay.ends
            bounds = await self._log.bounds(topic)
            for partition, bound in bounds.items():
                place = TopicPartition(topic, partition)
                known = self._relay.ends.get(place)
                if not self._relay.sending and known is not None and known == before.get(place) != bound.next:
                    log.warning("a topic ends elsewhere", place=str(place), left=known, found=bound.next)
                    await self._relay.take_end(place, bound.next)
                    moved = True
        moved, self._relay.disturbed = moved or self._relay.disturbed, False
        return moved

    async def _is_due(self) -> bool:
        async with self._database.reading() as session:
            return bool(await session.scalar(_DUE, {"seconds": _DAY_SECONDS}))


_TRY_LOCK = "SELECT pg_try_advisory_lock(hashtextextended('doctor:' || $1, 0))"
_BEGUN = """
INSERT INTO examinations (kind) VALUES ($1)
ON CONFLICT (kind) DO UPDATE SET started_at = clock_timestamp(), finished_at = NULL
"""
_DONE = "UPDATE examinations SET finished_at = clock_timestamp(), report = $2::jsonb WHERE kind = $1"
# Under way is what somebody holds the lock for: one that was begun and has ended with its process is not.
_LAST = text("""
SELECT started_at, finished_at, report, finished_at IS NULL AND EXISTS (
    SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted
      AND (classid::bigint << 32 | objid::bigint) = hashtextextended('doctor:' || :kind, 0)
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) AS running
FROM examinations WHERE kind = :kind
""")
_DUE = text("""
SELECT coalesce(max(started_at) < clock_timestamp() - make_interval(secs => :seconds), true)
FROM examinations WHERE kind = 'reconcile'
""")

"""The indexer: one process at a time writes the index, from marks to documents.

For each batch of marks it finds the documents they touch, draws a number, then reads the sources and writes with that
number as external version, checks every item, and clears the marks that it read. Whatever it does twice is harmless;
what it did not finish is still marked.
"""

from __future__ import annotations

import asyncio
import datetime
import time
from collections.abc import Sequence

import structlog
from sqlalchemy import text

from aep_search.index.errors import SearchUnavailable
from aep_search.index.names import index_name, is_current
from aep_search.index.port import SearchIndex
from aep_search.indexing import marks, sources
from aep_search.indexing.affected import DocumentKey, documents_of
from aep_search.indexing.kinds import KINDS
from aep_search.indexing.writing import BATCH, Writer
from aep_shared.database import Database
from aep_shared.database.leadership import Leadership, LeadershipLost
from aep_shared.timing import Timing

log = structlog.get_logger()

ALIAS = "aep-search"
_HIDDEN_KEPT = datetime.timedelta(days=7)
_PURGE_EVERY_SECONDS = 3600.0
_LONG_SECONDS = 60.0


class Indexer:
    """Keeps the active index equal to the sources, and builds a new one where that is asked for or needed."""

    def __init__(self, database: Database, index: SearchIndex, timing: Timing, *, poll: float = 0.2) -> None:
        self._database = database
        self._index = index
        self.leadership = Leadership(database, marks.JOB, timing)
        self._writer = Writer(database, index, self.leadership, timing)
        self._poll = poll
        self._waker = database.waker()
        self._purged = 0.0

    async def run(self) -> None:
        """Leads or waits to lead, until cancelled."""
        while True:
            try:
                await self.leadership.acquire()
                await self._lead()
            except (LeadershipLost, SearchUnavailable) as problem:
                log.warning("indexer starts over", problem=repr(problem))
            finally:
                self.leadership.release()
            await asyncio.sleep(1)

    async def state(self) -> str:
        """For the readiness of the service: what was set aside, or for how long a change has not been indexed."""
        found = await self._writer.attempts.state()
        async with self._database.reading() as session:
            waited = await marks.oldest(session)
        return f"degraded: a change has waited for {waited:.0f} s" if waited > _LONG_SECONDS else found

    async def _lead(self) -> None:
        await self._ensure_index()
        while True:
            await self.leadership.renew()
            if await self._rebuild_wanted():
                await self.rebuild()
            active = await self._index.active()
            if active is None:
                # It was lost while this process ran.
                await self._ensure_index()
            elif await self.step([active]):
                await self._look_for_newer()
            else:
                await self._purge(active)
                await self._waker.sleep(self._poll)

    async def _look_for_newer(self) -> None:
        """The only leader draws the highest number; an index with higher ones outlived a restore of the database."""
        if self._writer.overtaken:
            await self.leadership.renew()
            log.error("the index holds newer versions than the database ever gave; it is built again")
            await request_rebuild(self._database)

    async def _ensure_index(self) -> None:
        """An index exists from the first moment; one made by other code serves until its successor is built."""
        active = await self._index.active()
        if (active is None or not is_current(active)) and not await self._rebuild_wanted():
            # Asked for before: an empty index that nobody fills would look like one that is complete.
            await request_rebuild(self._database)
        if active is None:
            name = self._new_name()
            await self._index.create(name)
            await self._index.activate(name)

    def _new_name(self) -> str:
        return index_name(ALIAS, format(time.time_ns(), "x"))

    async def step(self, names: Sequence[str]) -> int:
        """Writes the documents of the oldest marks to these indexes; how many marks were looked at."""
        # Read without a commit: a commit of this process wakes this very loop.
        async with self._database.reading() as session:
            found = await marks.pending(session, BATCH)
            keys = await documents_of(session, found) if found else []
        if not found:
            return 0
        missing = await self._writer.write(names, keys)
        for name in names:
            await self._index.refresh(name)
        async with self._database.connection() as connection:
            await marks.clear(connection, found, missing)
        return len(found)

    async def rebuild(self) -> str:
        """Builds a new index beside the active one, then swaps; marks that come meanwhile are written to both."""
        async with self._database.reading() as session:
            asked = await session.scalar(text("SELECT rebuild_requested_at FROM index_state"))
        old, name = await self._index.active(), self._new_name()
        started = time.monotonic()
        for left_over in [n for n in await self._index.names() if n != old]:
            await self._index.drop(left_over)
        await self._index.create(name)
        both = [n for n in (old, name) if n is not None]
        for kind in KINDS:
            after = ""
            while keys := await self._keys(kind, after):
                missing = await self._writer.write([name], keys)
                async with self._database.connection(wakes=False) as connection:
                    await marks.wait_for(connection, missing)
                after = keys[-1][1]
                await self.step(both)
        await self._index.refresh(name)
        await self._index.activate(name)
        # What the old index held says nothing about the new one.
        self._writer.overtaken = False
        if old is not None:
            await self._index.drop(old)
        async with self._database.connection() as connection:
            await connection.execute(_REBUILT, {"asked": asked})
        log.info(
            "index rebuilt",
            index=name,
            documents=await self._index.count(name),
            seconds=round(time.monotonic() - started, 2),
        )
        return name

    async def _keys(self, kind: str, after: str) -> list[DocumentKey]:
        async with self._database.connection() as connection:
            statement, arguments = sources.keys_of(kind)
            rows = await connection.execute(statement, {**arguments, "after": after, "limit": BATCH})
            return [(kind, row.key) for row in rows]

    async def _rebuild_wanted(self) -> bool:
        async with self._database.reading() as session:
            return bool(await session.scalar(text("SELECT rebuild_requested_at IS NOT NULL FROM index_state")))

    async def _purge(self, name: str) -> None:
        """Forgets documents that were hidden for a week: by then no late write of an older version can come."""
        if time.monotonic() - self._purged > _PURGE_EVERY_SECONDS:
            self._purged = time.monotonic()
            await self._index.purge_hidden(name, datetime.datetime.now(datetime.UTC) - _HIDDEN_KEPT)


async def request_rebuild(database: Database) -> None:
    """Asks the indexer, in whichever process it runs, for a new index; what was set aside is tried again."""
    async with database.transaction() as session:
        await session.execute(text("UPDATE index_state SET rebuild_requested_at = clock_timestamp()"))
        await session.execute(text("DELETE FROM job_attempts WHERE job = :job"), {"job": marks.JOB})


# What was asked for meanwhile stays asked for.
_REBUILT = text(
    "UPDATE index_state SET rebuilt_at = clock_timestamp(), rebuild_requested_at ="
    " CASE WHEN rebuild_requested_at > CAST(:asked AS timestamptz) THEN rebuild_requested_at END"
)

"""Writes documents: those that fail cost the others nothing, and one that ends its process is found out.

Each attempt at a document is counted in a commit of its own before it begins. Documents whose last attempt nobody came
back from are tried one by one, so that they take no other with them.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Collection, Sequence

import structlog
from sqlalchemy import text

from aep_search.index.errors import DocumentRefused, EngineFailed, SearchUnavailable
from aep_search.index.port import IndexDocument, Outcome, SearchIndex
from aep_search.indexing import documents, sources
from aep_search.indexing.affected import DocumentKey
from aep_search.indexing.documents import document_id
from aep_search.indexing.marks import JOB
from aep_shared.database import Database, waiting_helps
from aep_shared.database.leadership import Leadership, LeadershipLost
from aep_shared.service.attempts import Attempts
from aep_shared.timing import Timing

log = structlog.get_logger()

BATCH = 500


class DocumentFailed(Exception):
    """The engine could not take this document now."""


class Writer:
    """Writes the newest state of documents to indexes, for the leader."""

    def __init__(self, database: Database, index: SearchIndex, leadership: Leadership, timing: Timing) -> None:
        self._database = database
        self._index = index
        self._leadership = leadership
        self._renewed_every = timing.deadline / 3
        self.attempts = Attempts(database, JOB)
        self.overtaken = False
        """Whether an index held a newer version than the only leader drew: then the versions went back."""

    async def write(self, names: Sequence[str], keys: Sequence[DocumentKey]) -> set[DocumentKey]:
        """Writes these documents; those that could not be written now, whose attempts say why."""
        doubtful = await self.attempts.unfinished(map(document_id, keys))
        sure = [key for key in keys if document_id(key) not in doubtful]
        batches = [sure[start : start + BATCH] for start in range(0, len(sure), BATCH)]
        batches += [[key] for key in keys if document_id(key) in doubtful]
        missing: set[DocumentKey] = set()
        for batch in batches:
            missing |= await self._write_counted(names, batch)
        return missing

    async def _write_counted(self, names: Sequence[str], keys: Sequence[DocumentKey]) -> set[DocumentKey]:
        begun = await self.attempts.begin(map(document_id, keys))
        tried = [key for key in keys if document_id(key) in begun]
        try:
            problems = await self._write(names, tried)
        except (Exception, asyncio.CancelledError) as problem:
            if _is_outside(problem):
                with contextlib.suppress(Exception):
                    await self.attempts.interrupted(begun)
                raise
            if len(tried) != 1:
                log.error("documents not written, now one by one", count=len(tried), problem=repr(problem))
                return await self.write(names, keys)
            problems = {tried[0]: problem}
        for key, wrong in problems.items():
            await self.attempts.failed(document_id(key), wrong, for_good=isinstance(wrong, DocumentRefused))
        async with self._database.connection(wakes=False) as connection:
            await self.attempts.done(connection, [document_id(key) for key in tried if key not in problems])
        return {key for key in keys if key in problems or document_id(key) not in begun}

    async def _write(self, names: Sequence[str], keys: Sequence[DocumentKey]) -> dict[DocumentKey, BaseException]:
        """Writes documents; what is wrong with those that are not written."""
        await self._leadership.renew()
        async with self._database.connection(wakes=False) as connection:
            version = (await connection.execute(text("SELECT nextval('index_version')"))).scalar_one()
        # Only now the sources are read: whoever read later has drawn a higher number.
        async with self._database.connection(wakes=False) as connection:
            found = await sources.read(connection, keys)
        made: dict[DocumentKey, IndexDocument] = {}
        problems: dict[DocumentKey, BaseException] = {}
        for key in keys:
            try:
                made[key] = documents.build(key, version, found)
            except Exception as problem:
                problems[key] = problem
        for name in names if made else ():
            outcomes = await self._while_renewing(name, list(made.values()))
            problems |= self._judged(list(made), outcomes)
        return problems

    def _judged(self, keys: Collection[DocumentKey], outcomes: Sequence[Outcome]) -> dict[DocumentKey, BaseException]:
        """What the engine says of each document that it did not take."""
        statuses = [outcome.status for outcome in outcomes]
        if len(outcomes) > 1 and set(statuses) == {"failed"}:
            # Not one of them was taken, so it is the engine that cannot.
            raise SearchUnavailable(f"{len(outcomes)} documents, the first: {outcomes[0].reason}")
        self.overtaken = self.overtaken or "older" in statuses
        kinds = {"refused": DocumentRefused, "failed": DocumentFailed}
        return {
            key: kinds[outcome.status](outcome.reason or "")
            for key, outcome in zip(keys, outcomes, strict=True)
            if outcome.status in kinds
        }

    async def _while_renewing(self, name: str, batch: Sequence[IndexDocument]) -> list[Outcome]:
        """A write may take longer than a leader may be silent: it goes on showing that it works."""
        writing = asyncio.ensure_future(self._index.write(name, batch))
        try:
            while not (await asyncio.wait({writing}, timeout=self._renewed_every))[0]:
                await self._leadership.renew()
            return await writing
        finally:
            writing.cancel()


def _is_outside(problem: BaseException) -> bool:
    """Whether an attempt failed for a reason that is none of its documents'."""
    if isinstance(problem, EngineFailed):
        return False
    outside = (SearchUnavailable, LeadershipLost, asyncio.CancelledError)
    return isinstance(problem, outside) or waiting_helps(problem)

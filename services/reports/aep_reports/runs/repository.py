"""All SQL about runs."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from aep_shared.contracts.topics import MEETING, SUBJECT
from aep_shared.service.attempts import is_open

JOB = "renderer"
"""The job whose attempts at runs are counted; its items are their ids."""

# Whether a run has failed is said in one place only: by the attempts at it.
_RUNS = f"""
SELECT r.id, r.report, r.since, r.since_meeting, r.frozen_at, r.positions, r.requested_by, r.finished_at,
    CASE WHEN a.aside_at IS NULL THEN r.state ELSE 'failed' END AS state,
    CASE WHEN a.aside_at IS NOT NULL THEN a.reason END AS error
FROM runs r LEFT JOIN job_attempts a ON a.job = '{JOB}' AND a.item = r.id::text
"""


async def freeze(session: AsyncSession, report: str, since: datetime.date, meeting: str | None, actor: UUID) -> UUID:
    """A new run with a copy of the read models and the positions they had reached: one statement, one snapshot."""
    arguments = {"report": report, "since": since, "meeting": meeting, "actor": actor}
    made: UUID = (await session.execute(_FREEZE, arguments)).scalar_one()
    return made


async def meeting_date(session: AsyncSession, slug: str) -> str | None:
    found: str | None = await session.scalar(_MEETING_DATE, {"slug": slug})
    return found


async def find(session: AsyncSession, run: UUID) -> Row[Any] | None:
    return (await session.execute(text(f"{_RUNS} WHERE r.id = :id"), {"id": run})).one_or_none()


async def all_runs(session: AsyncSession) -> Sequence[Row[Any]]:
    return (await session.execute(text(f"{_RUNS} ORDER BY r.id DESC LIMIT 100"))).all()


async def files(session: AsyncSession, run: UUID) -> Sequence[Row[Any]]:
    return (await files_of(session, [run]))[run]


async def files_of(session: AsyncSession, runs: Sequence[UUID]) -> Mapping[UUID, list[Row[Any]]]:
    """The files of runs by format."""
    found: dict[UUID, list[Row[Any]]] = {run: [] for run in runs}
    for row in await session.execute(_FILES, {"runs": runs}):
        found[row.run].append(row)
    return found


async def frozen(session: AsyncSession, run: UUID) -> dict[str, list[dict[str, Any]]]:
    """The frozen states by topic, in the order of their keys."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in await session.execute(_FROZEN, {"id": run}):
        found.setdefault(row.topic, []).append(row.data)
    return found


async def next_queued(session: AsyncSession) -> Row[Any] | None:
    """The next run to render that neither rests after a failure nor was set aside."""
    return (await session.execute(_NEXT)).one_or_none()


async def add_file(session: AsyncSession, run: UUID, values: Mapping[str, Any]) -> None:
    await session.execute(_ADD_FILE, {"run": run, **values})


async def finish(session: AsyncSession, run: UUID) -> None:
    await session.execute(_FINISH, {"id": run})


_FREEZE = text(f"""
WITH run AS (
    INSERT INTO runs (report, since, since_meeting, requested_by, positions)
    SELECT :report, :since, :meeting, :actor,
        coalesce((SELECT jsonb_object_agg(topic || '/' || partition, position) FROM positions
                  WHERE consumer_group = 'reports'), '{{}}')
    RETURNING id
), copied AS (
    INSERT INTO frozen (run, topic, key, version, data)
    SELECT run.id, r.topic, r.key, r.version, r.data FROM run, replicas r
    WHERE NOT r.deleted AND r.topic <> '{SUBJECT.name}'
)
SELECT id FROM run
""")
_MEETING_DATE = text(f"""
SELECT data ->> 'date' FROM replicas
WHERE topic = '{MEETING.name}' AND data ->> 'slug' = :slug AND NOT deleted
""")
_FILES = text("SELECT * FROM run_files WHERE run = ANY (CAST(:runs AS uuid[])) ORDER BY run, format")
_FROZEN = text("SELECT topic, data FROM frozen WHERE run = :id ORDER BY topic, key")
_NEXT = text(f"SELECT * FROM runs WHERE state = 'queued' AND {is_open(JOB, 'id::text')} ORDER BY id LIMIT 1")
_ADD_FILE = text("""
INSERT INTO run_files (run, format, path, bytes, sha256) VALUES (:run, :format, :path, :bytes, :sha256)
ON CONFLICT (run, format) DO UPDATE SET path = excluded.path, bytes = excluded.bytes, sha256 = excluded.sha256
""")
_FINISH = text("UPDATE runs SET state = 'done', finished_at = clock_timestamp() WHERE id = :id")

FORGETS = (
    # A few at a time: a freeze is a copy of all that was public.
    """
    DELETE FROM frozen WHERE run IN (
        SELECT id FROM runs r WHERE state = 'done' AND finished_at < clock_timestamp() - interval '30 days'
         AND EXISTS (SELECT 1 FROM frozen f WHERE f.run = r.id) ORDER BY id LIMIT 5)
    """,
)
"""What is forgotten in time: the freeze of a report that was made. The report itself stays, as its files."""

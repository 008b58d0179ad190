"""All SQL about runs."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, Text, and_, case, cast, column, func, select, table, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from aep_reports.runs.models import FrozenState, Run, RunFile, RunState
from aep_shared.contracts.topics import MEETING, SUBJECT
from aep_shared.database.tables import database_now
from aep_shared.ids import new_id
from aep_shared.service.attempts import is_open

JOB = "renderer"
"""The job whose attempts at runs are counted; its items are their ids."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A run, why it has failed where it has, and its files."""

    run: Run
    failure: str | None
    files: Sequence[RunFile]


async def freeze(session: AsyncSession, report: str, since: datetime.date, meeting: str | None, actor: UUID) -> UUID:
    """A new run with a copy of the read models and the positions they had reached: one statement, one snapshot."""
    made = new_id()
    arguments = {"id": made, "report": report, "since": since, "meeting": meeting, "actor": actor}
    await session.execute(_FREEZE, arguments)
    return made


async def meeting_date(session: AsyncSession, slug: str) -> str | None:
    """The date of the meeting that has or had this slug."""
    found: str | None = await session.scalar(_MEETING_DATE, {"slug": slug})
    return found


async def find(session: AsyncSession, run: UUID) -> Standing | None:
    return next(iter(await _standing(session, _RUNS.where(col(Run.id) == run))), None)


async def all_runs(session: AsyncSession) -> Sequence[Standing]:
    """The newest hundred."""
    return await _standing(session, _RUNS.order_by(col(Run.id).desc()).limit(100))


async def _standing(session: AsyncSession, wanted: Select[Run, str | None]) -> Sequence[Standing]:
    """Two statements for any number of runs."""
    rows = (await session.execute(wanted)).all()
    of_them = select(RunFile).where(col(RunFile.run).in_([run.id for run, _ in rows]))
    files: dict[UUID, list[RunFile]] = {run.id: [] for run, _ in rows}
    for file in await session.scalars(of_them.order_by(col(RunFile.format))):
        files[file.run].append(file)
    return [Standing(run, failure, files[run.id]) for run, failure in rows]


async def file(session: AsyncSession, run: UUID, form: str) -> RunFile | None:
    return await session.get(RunFile, (run, form))


async def store_files(session: AsyncSession, files: Sequence[RunFile]) -> None:
    """Stores the files of a run; two workers that render the same one store the same."""
    columns = ("run", "format", "path", "bytes", "sha256")
    statement = insert(RunFile)
    replaced = {name: statement.excluded[name] for name in columns[2:]}
    statement = statement.on_conflict_do_update(index_elements=columns[:2], set_=replaced)
    await session.execute(statement, [{name: getattr(file, name) for name in columns} for file in files])


async def frozen(session: AsyncSession, run: UUID) -> dict[str, list[dict[str, object]]]:
    """The frozen states by topic, in the order of their keys."""
    found: dict[str, list[dict[str, object]]] = {}
    wanted = select(col(FrozenState.topic), col(FrozenState.data)).where(col(FrozenState.run) == run)
    for topic, data in await session.execute(wanted.order_by(col(FrozenState.topic), col(FrozenState.key))):
        found.setdefault(topic, []).append(data)
    return found


async def next_queued(session: AsyncSession) -> Run | None:
    """The next run to render that neither rests after a failure nor was set aside."""
    waiting = select(Run).where(col(Run.state) == RunState.QUEUED, text(is_open(JOB, "runs.id::text")))
    found: Run | None = await session.scalar(waiting.order_by(col(Run.id)).limit(1))
    return found


async def finish(session: AsyncSession, run: UUID) -> None:
    done = update(Run).where(col(Run.id) == run).values(state=RunState.DONE, finished_at=database_now())
    await session.execute(done)


# Whether a run has failed is said in one place only: by the attempts at it.
_attempts = table("job_attempts", column("job"), column("item"), column("aside_at"), column("reason", Text))
_RUNS = select(Run, case((_attempts.c.aside_at.is_not(None), func.coalesce(_attempts.c.reason, "")))).outerjoin(
    _attempts, and_(_attempts.c.job == JOB, _attempts.c.item == cast(col(Run.id), Text))
)
_FREEZE = text(f"""
WITH run AS (
    INSERT INTO runs (id, report, since, since_meeting, requested_by, positions)
    SELECT :id, :report, :since, :meeting, :actor,
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
WHERE topic = '{MEETING.name}' AND NOT deleted
  AND (data ->> 'slug' = :slug OR data -> 'former_slugs' @> to_jsonb(CAST(:slug AS text)))
""")

FORGETS = (
    # A few at a time: a freeze is a copy of all that was public.
    """
    DELETE FROM frozen WHERE run IN (
        SELECT id FROM runs r WHERE state = 'done' AND finished_at < clock_timestamp() - interval '30 days'
         AND EXISTS (SELECT 1 FROM frozen f WHERE f.run = r.id) ORDER BY id LIMIT 5)
    """,
)
"""What is forgotten in time: the freeze of a report that was made. The report itself stays, as its files."""

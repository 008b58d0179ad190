"""The tables of runs: what was asked for, what was frozen for it, and the files that were made of it."""

from __future__ import annotations

import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from aep_reports.tables import Tables
from aep_shared.database.tables import moment, one_of
from aep_shared.ids import new_id


class RunState(StrEnum):
    """How far a run is. That it has failed, and why, is said by the attempts at it."""

    QUEUED = "queued"
    DONE = "done"


def _of_run() -> Any:
    return Field(primary_key=True, foreign_key="runs.id", ondelete="CASCADE")


class Run(Tables, table=True):
    """A report that somebody asked for, with the moment and the positions of its freeze."""

    __tablename__ = "runs"
    __table_args__ = (Index("runs_queued", "id", postgresql_where=text("state = 'queued'")),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    report: str = Field(sa_type=Text)
    since: datetime.date
    since_meeting: str | None = Field(default=None, sa_type=Text)
    state: RunState = Field(
        default=RunState.QUEUED, sa_type=one_of(RunState), sa_column_kwargs={"server_default": RunState.QUEUED.value}
    )
    requested_by: UUID
    frozen_at: datetime.datetime = moment(server_default=func.clock_timestamp())
    positions: dict[str, int] = Field(sa_type=JSONB)
    """How far each partition of each topic had been read when it was frozen."""
    finished_at: datetime.datetime | None = moment()


class FrozenState(Tables, table=True):
    """The state of a record in a freeze: no rebuild and no later event touches it."""

    __tablename__ = "frozen"

    run: UUID = _of_run()
    topic: str = Field(sa_type=Text, primary_key=True)
    key: str = Field(sa_type=Text, primary_key=True)
    version: int = Field(sa_type=BigInteger)
    data: dict[str, object] = Field(sa_type=JSONB)


class RunFile(Tables, table=True):
    """A file of a report that was made."""

    __tablename__ = "run_files"

    run: UUID = _of_run()
    format: str = Field(sa_type=Text, primary_key=True)
    path: str = Field(sa_type=Text)
    bytes: int = Field(sa_type=BigInteger)
    sha256: str = Field(sa_type=Text)

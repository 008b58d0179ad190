"""Reports on real PostgreSQL with a folder for files; nothing runs unless a test starts it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import orjson
import pytest

from aep_reports.app import build
from aep_reports.runs.files import Files
from aep_reports.runs.renderer import Renderer
from aep_reports.runs.schemas import RunIn, RunOut
from aep_reports.runs.service import found, request_run
from aep_shared.access.actor import Actor, Grant
from aep_shared.contracts.topics import Topic
from aep_shared.service.platform import Platform
from tests.conftest import NewDatabase
from tests.shared.statements import run

OFFICER = Actor(uuid4(), [Grant(role="officer")])


class Reports(NamedTuple):
    """The service and where it keeps files."""

    platform: Platform
    folder: Path

    def renderer(self, files: Any = None) -> Renderer:
        return Renderer(self.platform.database, files or Files(f"file://{self.folder}"), poll=0.05)

    async def arrives(self, topic: Topic, state: Mapping[str, Any]) -> None:
        """A replica, as the consumer stores it."""
        await run(
            self.platform.database,
            "INSERT INTO replicas (topic, key, partition, version, deleted, data)"
            " VALUES (:topic, :key, 0, 1, false, CAST(:data AS jsonb))",
            topic=topic.name,
            key=str(state["id"]),
            data=orjson.dumps(state).decode(),
        )

    async def request(self) -> UUID:
        """A new run."""
        async with self.platform.database.transaction() as session:
            return (await request_run(session, OFFICER, RunIn(report="stocktaking", since="2020-01-01"))).id

    async def shown(self, made: UUID) -> RunOut:
        """A run as the API shows it."""
        async with self.platform.database.transaction() as session:
            return await found(session, made)

    async def ends(self, made: UUID) -> str | None:
        """How a run ended; `None` while it waits. What failed need not rest."""
        await run(self.platform.database, "UPDATE job_attempts SET next_attempt_at = clock_timestamp()")
        state = (await self.shown(made)).state
        return None if state == "queued" else state


@pytest.fixture
async def reports(migrated: NewDatabase, new_database: NewDatabase, tmp_path: Path) -> AsyncIterator[Reports]:
    folder = tmp_path / "files"
    platform, _ = build(
        {
            "AEP_REPORTS_DATABASE_URL": await migrated("reports"),
            "AEP_EVENT_LOG_URL": await new_database("log"),
            "AEP_REPORTS_FILES_URL": f"file://{folder}",
        }
    )
    yield Reports(platform, folder)
    await platform.database.close()

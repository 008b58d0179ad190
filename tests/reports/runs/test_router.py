"""Runs over HTTP: a freeze that later events do not touch, dates and meetings, files, and who sees any of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest

from aep_reports.app import build
from aep_reports.runs import repository
from aep_reports.runs.files import Files
from aep_reports.runs.renderer import Renderer
from aep_shared.contracts.topics import INITIATIVE, MEETING, Topic
from aep_shared.ids import new_id
from tests.conftest import NewDatabase
from tests.served import Served, served
from tests.shared.flowing import running, until
from tests.shared.statements import rows, run

SINCE = {"since": "2024-01-25"}


@pytest.fixture
async def reports(migrated: NewDatabase, new_database: NewDatabase, tmp_path: Path) -> AsyncIterator[Served]:
    environ = {
        "AEP_REPORTS_DATABASE_URL": await migrated("reports"),
        "AEP_EVENT_LOG_URL": await new_database("log"),
        "AEP_REPORTS_FILES_URL": f"file://{tmp_path}",
    }
    async with served(build, environ) as service:
        yield service


async def arrives(reports: Served, topic: Topic, **state: Any) -> None:
    await run(
        reports.platform.database,
        "INSERT INTO replicas (topic, key, partition, version, deleted, data)"
        " VALUES (:topic, :key, 0, 1, false, CAST(:data AS jsonb))",
        topic=topic.name,
        key=str(new_id()),
        data=orjson.dumps(state).decode(),
    )


async def requested(reports: Served, who: str = "officer", **given: str) -> dict[str, Any]:
    answer = await reports.call(who, "POST", "runs", json={**SINCE, **given})
    assert answer.status_code == 202, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def test_a_run_freezes_what_is_known_then(reports: Served) -> None:
    await arrives(reports, INITIATIVE, slug="gone")
    await run(reports.platform.database, "UPDATE replicas SET deleted = true")
    await arrives(reports, INITIATIVE, slug="before")
    made = await requested(reports)
    await arrives(reports, INITIATIVE, slug="after")
    await run(reports.platform.database, "UPDATE replicas SET deleted = true")
    async with reports.platform.database.reading() as session:
        frozen = await repository.frozen(session, UUID(made["id"]))
    assert frozen == {INITIATIVE.name: [{"slug": "before"}]}
    assert (made["state"], made["files"], made["since"]) == ("queued", {}, "2024-01-25")


async def test_since_a_meeting_is_since_its_first_day(reports: Served) -> None:
    await arrives(reports, MEETING, slug="asemme9", date="2023-01-25/2023-01-27")
    await arrives(reports, MEETING, slug="undated", date=None)
    made = await requested(reports, since="asemme9")
    assert (made["since"], made["since_meeting"]) == ("2023-01-25", "asemme9")
    assert (await requested(reports, since="2023-05"))["since"] == "2023-05-01"
    for since in ("undated", "nowhere", "2023-13"):
        refused = await reports.call("officer", "POST", "runs", json={"since": since})
        assert (refused.status_code, refused.json()["code"]) == (422, "report-since-unknown"), refused.text


async def test_an_unknown_report_is_refused_and_nothing_is_frozen(reports: Served) -> None:
    refused = await reports.call("officer", "POST", "runs", json={**SINCE, "report": "weather"})
    assert refused.status_code == 422
    assert await rows(reports.platform.database, "SELECT * FROM runs") == []


@pytest.mark.parametrize("who", [None, "reader", "coordinator", "operator"])
async def test_only_the_office_makes_and_reads_reports(reports: Served, who: str | None) -> None:
    made = await requested(reports, "editor")
    for method, path, body in (
        ("GET", "runs", None),
        ("POST", "runs", SINCE),
        ("GET", f"runs/{made['id']}", None),
        ("GET", f"runs/{made['id']}/files/pdf", None),
    ):
        refused = await reports.call(who, method, path, json=body)
        assert refused.status_code == (401 if who is None else 403), path


async def test_the_files_of_a_report_are_served_as_what_they_are(reports: Served, tmp_path: Path) -> None:
    made = await requested(reports)
    address = f"runs/{made['id']}"
    missing = await reports.call("officer", "GET", f"{address}/files/pdf")
    assert (missing.status_code, missing.json()["code"]) == (404, "run-file-missing")

    async def done() -> bool:
        return bool((await reports.call("officer", "GET", address)).json()["state"] == "done")

    async with running(Renderer(reports.platform.database, Files(f"file://{tmp_path}"), poll=0.05).run):
        await until(done, 60)
    shown = (await reports.call("officer", "GET", address)).json()
    for form, media_type in (("html", "text/html"), ("json", "application/json"), ("pdf", "application/pdf")):
        file = await reports.call("officer", "GET", f"{address}/files/{form}")
        assert file.headers["content-type"].startswith(media_type)
        assert len(file.content) == shown["files"][form]["bytes"]
        assert file.headers["content-disposition"] == f'inline; filename="stocktaking.{form}"'
        assert ("sandbox" in file.headers.get("content-security-policy", "")) == (form == "html")
    listed = (await reports.call("officer", "GET", "runs")).json()["items"]
    assert listed == [shown]


async def test_what_is_not_there_is_not_found(reports: Served) -> None:
    unknown = await reports.call("officer", "GET", f"runs/{new_id()}")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "run-unknown")

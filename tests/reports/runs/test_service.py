"""Requests for a report over HTTP: since which day, by whom, how often, and what a client may not ask."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest

from aep_reports.app import build
from aep_shared.contracts.topics import MEETING
from aep_shared.ids import new_id
from tests.conftest import Databases
from tests.served import Served, served
from tests.shared.statements import run, values


@pytest.fixture(scope="module")
async def standing(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    """The service without its loops, one for all tests of this file."""
    async with databases.dropped():
        environ = {
            "AEP_REPORTS_DATABASE_URL": await databases.migrated("reports"),
            "AEP_EVENT_LOG_URL": await databases.new("log"),
            "AEP_REPORTS_FILES_URL": f"file://{tmp_path_factory.mktemp('files')}",
            "AEP_RATE_FACTOR": "1000",
        }
        async with served(build, environ) as service:
            yield service


@pytest.fixture
async def reports(standing: Served) -> Served:
    for table in ("frozen", "runs", "replicas", "positions"):
        await run(standing.platform.database, f"DELETE FROM {table}")
    return standing


async def meeting(service: Served, slug: str, date: str | None, *former: str, deleted: bool = False) -> None:
    state = {"id": str(new_id()), "slug": slug, "former_slugs": former, "date": date}
    await run(
        service.platform.database,
        "INSERT INTO replicas (topic, key, partition, version, deleted, data)"
        " VALUES (:topic, :key, 0, 1, :deleted, CAST(:data AS jsonb))",
        topic=MEETING.name,
        key=state["id"],
        deleted=deleted,
        data=orjson.dumps(state).decode(),
    )


async def requested(service: Served, who: str = "officer", **given: Any) -> dict[str, Any]:
    answer = await service.call(who, "POST", "runs", json=given)
    assert answer.status_code == 202, answer.text
    made: dict[str, Any] = answer.json()
    return made


@pytest.mark.parametrize(
    ("since", "day"),
    [
        ("2024-01-25", "2024-01-25"),
        ("2024-01", "2024-01-01"),
        ("2024", "2024-01-01"),
        ("2024-22", "2024-06-01"),
        ("2024-01-25/2024-02-01", "2024-01-25"),
        ("2024-01-25/..", "2024-01-25"),
        ("../2024-01-25", "2024-01-25"),
        ("2024-01-25~", "2024-01-25"),
        ("0001", "0001-01-01"),
    ],
)
async def test_a_report_begins_with_the_first_day_that_its_date_may_mean(reports: Served, since: str, day: str) -> None:
    made = await requested(reports, since=since)
    assert (made["since"], made["since_meeting"]) == (day, None)


@pytest.mark.parametrize(
    ("date", "day"),
    [("2023-01-25/2023-01-27", "2023-01-25"), ("2023-01", "2023-01-01"), ("../2023-01-27", "2023-01-27")],
)
async def test_a_report_begins_with_the_first_day_of_a_meeting(reports: Served, date: str, day: str) -> None:
    await meeting(reports, "asemme9", date)
    made = await requested(reports, since="asemme9")
    assert (made["since"], made["since_meeting"]) == (day, "asemme9")


async def test_a_meeting_is_meant_by_every_slug_that_it_had(reports: Served) -> None:
    await meeting(reports, "asemme9", "2023-01-25", "ministers-2023", "malta")
    await meeting(reports, "asemme8", "2021-12-15")
    for slug in ("ministers-2023", "malta", "asemme9"):
        assert (await requested(reports, since=slug))["since"] == "2023-01-25"


@pytest.mark.parametrize("since", ["removed", "undated", "nowhere", "2024-13", "soon", "..", "2024/2023", "é"])
async def test_what_is_neither_a_meeting_nor_a_date_is_refused(reports: Served, since: str) -> None:
    await meeting(reports, "removed", "2023-01-25", deleted=True)
    await meeting(reports, "undated", None)
    refused = await reports.call("officer", "POST", "runs", json={"since": since})
    assert (refused.status_code, refused.json()["code"]) == (422, "report-since-unknown")
    assert await values(reports.platform.database, "SELECT id FROM runs") == []


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({}, "invalid-input"),
        ({"since": ""}, "invalid-input"),
        ({"since": "2024\n"}, "invalid-input"),
        ({"since": "2" * 121}, "invalid-input"),
        ({"since": "2024", "report": "weather"}, "report-unknown"),
        ({"since": "2024", "report": "x" * 61}, "invalid-input"),
        ({"since": "2024", "format": "pdf"}, "invalid-input"),
    ],
)
async def test_a_request_that_is_none_is_refused(reports: Served, given: dict[str, Any], code: str) -> None:
    refused = await reports.call("officer", "POST", "runs", json=given)
    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert await values(reports.platform.database, "SELECT id FROM runs") == []


async def test_runs_that_were_asked_for_at_once_are_each_made_and_listed_from_the_newest(reports: Served) -> None:
    made = await asyncio.gather(*(requested(reports, since=f"202{year}") for year in range(4)))
    listed = (await reports.call("editor", "GET", "runs")).json()["items"]
    assert [one["id"] for one in listed] == sorted((one["id"] for one in made), reverse=True)
    assert {one["state"] for one in listed} == {"queued"}
    for one in listed:
        assert (await reports.call("deputy", "GET", f"runs/{one['id']}")).json() == one


async def test_a_run_says_how_far_each_topic_had_been_read(reports: Served) -> None:
    for group, position in (("reports", 7), ("reports.identity", 9)):
        await run(
            reports.platform.database,
            "INSERT INTO positions (consumer_group, topic, partition, position, log_identity)"
            " VALUES (:g, 'aep.x.v1', 0, :p, 'log')",
            g=group,
            p=position,
        )
    assert (await requested(reports, since="2024"))["positions"] == {"aep.x.v1/0": 7}


@pytest.mark.parametrize("who", ["reader", "operator", "coordinator initiative=lab", "officer scopes=reader", None])
async def test_whoever_may_make_no_report_freezes_nothing(reports: Served, who: str | None) -> None:
    refused = await reports.call(who, "POST", "runs", json={"since": "2024"})
    assert refused.status_code == (401 if who is None else 403)
    assert await values(reports.platform.database, "SELECT id FROM runs") == []


@pytest.mark.parametrize("form", ["html", "json", "pdf", "docx", "..%2F..%2Fetc"])
async def test_a_run_that_waits_has_no_file(reports: Served, form: str) -> None:
    made = await requested(reports, since="2024")
    answer = await reports.call("officer", "GET", f"runs/{made['id']}/files/{form}")
    assert answer.status_code == 404


@pytest.mark.parametrize(("who", "status"), [("operator", 202), ("officer", 403), ("editor", 403), (None, 401)])
async def test_only_an_operator_reads_every_topic_anew(reports: Served, who: str | None, status: int) -> None:
    assert (await reports.call(who, "POST", "rebuild")).status_code == status

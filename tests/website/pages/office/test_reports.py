"""The office's stocktaking reports: what was made, asking for one, and its files."""

from __future__ import annotations

import datetime
from typing import Any

import httpx2
import pytest

from aep_shared.contracts.events.meeting import EXAMPLE as MEETING
from aep_website.pages.public import meetings
from aep_website.visit import Site
from tests.website.conftest import Network, body
from tests.website.reading import seen
from tests.website.records import COORDINATOR, OFFICER
from tests.website.visitors import ME, form, from_page, sent, signed_in

RUNS, MEETINGS = "/api/reports/v1/runs", "/api/events/v1/meetings"
RUN = {
    "id": "r1",
    "state": "done",
    "since": "2024-01-25",
    "frozen_at": "2026-11-02T10:00:00Z",
    "error": None,
    "files": {"html": {"bytes": 2_500_000}, "pdf": {"bytes": 900}},
}
FILE = f"{RUNS}/r1/files/pdf"
OTHERS = [
    COORDINATOR,
    {"id": "0200", "grants": [{"role": "operator"}]},
    {"id": "0201", "grants": []},
]


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meetings, "today", lambda: datetime.date(2026, 6, 15))


@pytest.fixture
def officer(visitor: httpx2.AsyncClient, network: Network) -> httpx2.AsyncClient:
    signed_in(visitor)
    network.says("GET", ME, OFFICER)
    return visitor


def meeting(slug: str, date: str) -> dict[str, Any]:
    return {**MEETING.model_dump(mode="json"), "slug": slug, "title": {"en": slug.upper()}, "date": date}


async def test_the_office_without_reports_is_told_so(officer: httpx2.AsyncClient) -> None:
    page = seen(await officer.get("/en/reports"))
    assert "There is no report yet." in page.words
    assert "A report is being made." not in page.words


@pytest.mark.parametrize("role", ["officer", "deputy", "editor"])
async def test_those_who_make_reports_find_them(visitor: httpx2.AsyncClient, network: Network, role: str) -> None:
    signed_in(visitor)
    network.says("GET", ME, {"id": "0198", "grants": [{"role": role}]})
    network.says("GET", RUNS, {"items": [RUN]})
    page = seen(await visitor.get("/en/reports"))
    assert "Frozen 2 November 2026, 10:00 UTC done since 25 January 2024 HTML 2.5 MB · PDF 900 Bytes" in page.words
    assert page.leads("HTML") == "/en/reports/r1/files/html"
    assert page.leads("PDF") == "/en/reports/r1/files/pdf"
    assert "There is no report yet." not in page.words


async def test_a_report_that_is_being_made_asks_to_look_again(officer: httpx2.AsyncClient, network: Network) -> None:
    waiting = {**RUN, "id": "r2", "state": "queued", "files": {}}
    network.says("GET", RUNS, {"items": [RUN, waiting]})
    page = seen(await officer.get("/en/reports"))
    assert "A report is being made. Look again" in page.words
    assert page.to("/en/reports/r2/") == []
    network.says("GET", RUNS, {"items": [RUN]})
    assert "A report is being made." not in seen(await officer.get("/en/reports")).words


async def test_a_report_that_failed_says_why(officer: httpx2.AsyncClient, network: Network) -> None:
    network.says("GET", RUNS, {"items": [{**RUN, "state": "failed", "error": "No <font>.", "files": {}}]})
    answer = await officer.get("/en/reports")
    assert '<p class="error">No &lt;font&gt;.</p>' in answer.text
    assert seen(answer).to("/en/reports/r1/") == []


async def test_a_report_counts_since_a_meeting_that_is_over(officer: httpx2.AsyncClient, network: Network) -> None:
    items = [meeting("first", "2008-05-05"), meeting("next", "2027-01-01"), meeting("latest", "2024-01-25")]
    network.says("GET", MEETINGS, {"items": items, "next": None})
    answer = await officer.get("/en/reports")
    assert '<option value="latest">LATEST</option><option value="first">FIRST</option></select>' in answer.text


@pytest.mark.parametrize(
    ("fields", "since"),
    [
        ({"since": "asemme8"}, "asemme8"),
        ({"since": "asemme8", "since_date": " "}, "asemme8"),
        ({"since": "asemme8", "since_date": " 2024-01-25 "}, "2024-01-25"),
        ({}, ""),
    ],
)
async def test_a_date_that_was_typed_counts_before_the_meeting(
    officer: httpx2.AsyncClient, network: Network, site: Site, fields: dict[str, str], since: str
) -> None:
    network.says("POST", RUNS, {"id": "r2"}, 202)
    answer = await officer.post("/en/reports", **form(site, **fields))
    assert (answer.status_code, answer.headers["location"]) == (303, "/en/reports")
    (asked,) = sent(network, "POST", RUNS)
    assert body(asked) == {"report": "stocktaking", "since": since}
    assert asked.headers["authorization"] == "Bearer token"


async def test_a_refused_beginning_says_why_above_the_form(
    officer: httpx2.AsyncClient, network: Network, site: Site
) -> None:
    network.says("GET", RUNS, {"items": [RUN]})
    network.says("POST", RUNS, {"code": "report-since-unknown", "detail": "There is no <meeting>."}, 422)
    answer = await officer.post("/en/reports", **form(site, since="nothing"))
    assert answer.status_code == 422
    assert '<p class="error" role="alert">There is no &lt;meeting&gt;.</p>' in answer.text
    assert "Since the meeting" in seen(answer).words
    assert seen(answer).leads("HTML") == "/en/reports/r1/files/html"


@pytest.mark.parametrize(
    ("status", "words"),
    [(403, "This page is not for you"), (429, "That was too often"), (503, "A part of the site is away")],
)
async def test_another_refusal_shows_what_was_typed(
    officer: httpx2.AsyncClient, network: Network, site: Site, status: int, words: str
) -> None:
    network.says("POST", RUNS, {"code": "x", "detail": "x"}, status)
    answer = await officer.post("/en/reports", **form(site, since="", since_date="2024-01-25"))
    assert answer.status_code == status
    assert words in seen(answer).words
    assert "2024-01-25" in seen(answer).words


async def test_a_form_of_another_session_or_site_asks_for_nothing(
    officer: httpx2.AsyncClient, network: Network, site: Site
) -> None:
    other = await officer.post("/en/reports", **from_page(form_token=site.guard.token("other"), since="asemme8"))
    assert other.status_code == 403
    assert "This form belongs to another session." in seen(other).words
    token = site.guard.token("anchor")
    foreign = await officer.post("/en/reports", data={"form_token": token}, headers={"Origin": "https://evil.example"})
    assert foreign.status_code == 403
    assert sent(network, "POST", RUNS) == []


async def test_a_file_is_handed_on_as_the_service_gives_it(officer: httpx2.AsyncClient, network: Network) -> None:
    headers = {
        "Content-Type": "application/pdf",
        "Content-Disposition": 'attachment; filename="report.pdf"',
        "Content-Security-Policy": "default-src 'none'",
        "ETag": '"abc"',
        "X-Other": "not passed on",
    }
    network.answers["GET", FILE] = lambda _request: httpx2.Response(200, content=b"%PDF-1.7\x00", headers=headers)
    answer = await officer.get("/en/reports/r1/files/pdf")
    assert answer.content == b"%PDF-1.7\x00"
    assert {name: answer.headers[name] for name in headers if name != "X-Other"} == {
        name: value for name, value in headers.items() if name != "X-Other"
    }
    assert "x-other" not in answer.headers
    assert sent(network, "GET", FILE)[0].headers["authorization"] == "Bearer token"


@pytest.mark.parametrize(("status", "shown"), [(404, 404), (422, 404), (403, 403), (503, 503)])
async def test_a_file_that_cannot_be_had_says_so(
    officer: httpx2.AsyncClient, network: Network, status: int, shown: int
) -> None:
    network.says("GET", FILE, {"code": "run-file-missing", "detail": "x"}, status)
    assert (await officer.get("/en/reports/r1/files/pdf")).status_code == shown


@pytest.mark.parametrize("path", ["/en/reports", "/en/reports/r1/files/pdf"])
async def test_a_stranger_signs_in_first(visitor: httpx2.AsyncClient, network: Network, path: str) -> None:
    answer = await visitor.get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/en/sign-in?next={path.removeprefix('/en')}")
    assert network.requests == []


@pytest.mark.parametrize("person", OTHERS, ids=["coordinator", "operator", "nobody"])
async def test_reports_are_for_the_office_and_editors_only(
    visitor: httpx2.AsyncClient, network: Network, site: Site, person: dict[str, Any]
) -> None:
    signed_in(visitor)
    network.says("GET", ME, person)
    network.says("GET", RUNS, {"items": [RUN]})
    refused = [
        await visitor.get("/en/reports"),
        await visitor.get("/en/reports/r1/files/pdf"),
        await visitor.post("/en/reports", **form(site, since="asemme8")),
    ]
    for answer in refused:
        assert answer.status_code == 403
        assert "your roles do not include what this page is for" in seen(answer).words
    assert {request.url.path for request in network.requests} == {ME}


@pytest.mark.parametrize("address", [RUNS, MEETINGS])
async def test_the_page_needs_runs_and_meetings(officer: httpx2.AsyncClient, network: Network, address: str) -> None:
    network.says("GET", address, {"code": "database-away", "detail": "x"}, 503)
    assert (await officer.get("/en/reports")).status_code == 503

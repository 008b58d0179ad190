"""The page of an initiative: renamed, removed, or asked for by an odd address."""

from __future__ import annotations

from urllib.parse import unquote

import httpx2
import pytest

from tests.website.conftest import Network
from tests.website.records import INITIATIVE


@pytest.mark.parametrize("part", ["..", "%2e%2e", "a%3Fb=c", "a%23b"])
async def test_a_strange_part_reaches_no_other_address_of_the_api(
    visitor: httpx2.AsyncClient, network: Network, part: str
) -> None:
    answer = await visitor.get(f"/en/initiatives/{part}")
    assert answer.status_code in (302, 308, 404)
    asked = {(r.url.path, r.url.query) for r in network.requests if r.url.path != "/api/registry/v1/frameworks"}
    record, related = "/api/registry/v1/initiatives", "/api/search/v1/records/initiative"
    named = {(f"{record}/{unquote(part)}", b""), (f"{related}/{unquote(part)}/related", b"")}
    assert asked <= (named if "2e" not in part else set())


async def test_a_renamed_record_leads_to_its_present_page(visitor: httpx2.AsyncClient, network: Network) -> None:
    network.answers["GET", "/api/registry/v1/initiatives/old"] = lambda _request: httpx2.Response(
        308, headers={"Location": "/api/registry/v1/initiatives/school"}
    )
    network.says("GET", "/api/registry/v1/initiatives/school", INITIATIVE)
    answer = await visitor.get("/en/initiatives/old")
    assert (answer.status_code, answer.headers["location"]) == (308, "/en/initiatives/school")


async def test_a_removed_record_says_why(visitor: httpx2.AsyncClient, network: Network) -> None:
    removed = {"code": "record-removed", "status": 410, "detail": "It is gone.", "reason": "Entered <twice>."}
    network.says("GET", "/api/registry/v1/initiatives/school", removed, 410)
    answer = await visitor.get("/en/initiatives/school")
    assert answer.status_code == 410
    assert "<h1>This was removed</h1>" in answer.text
    assert "The secretariat removed it: Entered &lt;twice&gt;." in answer.text


async def test_the_list_shows_a_status_of_a_later_version_too(visitor: httpx2.AsyncClient, network: Network) -> None:
    statuses = ("unknown", "dormant", "running")
    records = [{**INITIATIVE, "slug": status, "title": {"en": status.upper()}, "status": status} for status in statuses]
    network.says("GET", "/api/registry/v1/initiatives", {"items": records, "next": None})
    page = (await visitor.get("/en/initiatives")).text
    assert page.index("RUNNING") < page.index("DORMANT") < page.index("UNKNOWN")

"""What is read from the APIs: kept for whom, asked on whose behalf."""

from __future__ import annotations

import httpx2
from structlog.testing import capture_logs

from aep_website.answers.registry import UPDATES
from aep_website.client import Api, Caller
from tests.website.conftest import Network
from tests.website.records import UPDATE


async def test_limits_count_visitors_and_not_the_website(visitor: httpx2.AsyncClient, network: Network) -> None:
    await visitor.get("/en/partners", headers={"X-Forwarded-For": "198.51.100.1, 203.0.113.7"})
    assert {request.headers["x-forwarded-for"] for request in network.requests} == {"203.0.113.7"}


async def test_what_somebody_signed_in_saw_is_shown_to_nobody_else(network: Network) -> None:
    api = Api("http://api.example", 5, httpx2.MockTransport(network))
    network.says("GET", UPDATES.path, {"items": [UPDATE], "next": None})
    assert await api.register(UPDATES, Caller(token="t"))
    network.says("GET", UPDATES.path, {"items": [], "next": None})
    assert await api.register(UPDATES, Caller(address="203.0.113.7")) == []
    await api.close()


async def test_an_answer_that_is_not_understood_is_a_service_that_is_away(
    visitor: httpx2.AsyncClient, network: Network
) -> None:
    network.says("GET", "/api/registry/v1/partners", {"items": [{"slug": "austria", "name": "Austria"}]})
    with capture_logs() as logs:
        page = await visitor.get("/en/partners")
    assert (page.status_code, page.headers["retry-after"]) == (503, "5")
    assert "A part of the site is away" in page.text
    (said,) = [line["reason"] for line in logs if line["event"] == "a service is away"]
    assert said.startswith("/api/registry/v1/partners: items.0.kind: Field required")

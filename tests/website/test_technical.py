"""What is not a page: health and readiness."""

from __future__ import annotations

import httpx2

from tests.website.conftest import Network


async def test_readiness_is_that_of_every_service(visitor: httpx2.AsyncClient, network: Network) -> None:
    for service in ("registry", "events", "search", "notifications", "reports"):
        network.says("GET", f"/api/{service}/readyz", {"checks": {}})
    assert (await visitor.get("/readyz")).status_code == 200
    network.says("GET", "/api/search/readyz", {"checks": {}}, 503)
    answer = await visitor.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["search"] == "away"

"""What is read from the APIs: kept for whom, asked on whose behalf."""

from __future__ import annotations

import httpx2

from aep_website.client import Api, Caller
from tests.website.conftest import Network


async def test_limits_count_visitors_and_not_the_website(visitor: httpx2.AsyncClient, network: Network) -> None:
    await visitor.get("/en/partners", headers={"X-Forwarded-For": "198.51.100.1, 203.0.113.7"})
    assert {request.headers["x-forwarded-for"] for request in network.requests} == {"203.0.113.7"}


async def test_what_somebody_signed_in_saw_is_shown_to_nobody_else(network: Network) -> None:
    api = Api("http://api.example", 5, httpx2.MockTransport(network))
    network.says("GET", "/api/x/v1/things", {"items": [{"name": "secret"}], "next": None})
    assert await api.register("/api/x/v1/things", Caller(token="t"))
    network.says("GET", "/api/x/v1/things", {"items": [], "next": None})
    assert await api.register("/api/x/v1/things", Caller(address="203.0.113.7")) == []
    await api.close()

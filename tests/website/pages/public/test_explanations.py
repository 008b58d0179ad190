"""Pages that explain the API and its problem codes."""

from __future__ import annotations

import httpx2
import pytest

from aep_shared.contracts.topics import SERVICES
from aep_website.pages.public.explanations import _KEEPS
from aep_website.problems import EXPLAINED
from tests.website.conftest import Network
from tests.website.reading import seen


async def test_every_service_says_what_it_keeps_and_where_it_is_described(visitor: httpx2.AsyncClient) -> None:
    page = seen(await visitor.get("/en/api"))
    assert set(_KEEPS) == set(SERVICES)
    for service in SERVICES:
        described = f"/api/{service}/v1/openapi.json"
        assert f"{service} {_KEEPS[service]} {described}" in page.words
        assert page.leads(described) == described
    assert page.leads("what the codes mean") == "/en/problems"


async def test_the_list_of_codes_has_each_in_order_with_its_meaning(visitor: httpx2.AsyncClient) -> None:
    page = seen(await visitor.get("/en/problems"))
    assert page.to("/en/problems/") == sorted(EXPLAINED)
    assert f"own-update {EXPLAINED['own-update']}" in page.words


@pytest.mark.parametrize("code", ["own-update", "internal"])
async def test_a_code_has_a_page_of_its_own(visitor: httpx2.AsyncClient, code: str) -> None:
    answer = await visitor.get(f"/en/problems/{code}")
    assert answer.status_code == 200
    assert seen(answer).words == f"Problem codes {code} {EXPLAINED[code]}"


async def test_a_code_that_is_not_known_has_no_page(visitor: httpx2.AsyncClient) -> None:
    answer = await visitor.get("/en/problems/no-such-code")
    assert answer.status_code == 404
    assert "There is no such page" in seen(answer).words


@pytest.mark.parametrize("path", ["/en/api", "/en/problems", "/en/problems/own-update"])
async def test_explanations_need_no_service(visitor: httpx2.AsyncClient, network: Network, path: str) -> None:
    assert (await visitor.get(path)).status_code == 200
    assert network.requests == []

"""Forms that only our own pages can send."""

from __future__ import annotations

import httpx2
import pytest

from aep_website.visit import Site
from tests.website.conftest import ORIGIN, Network
from tests.website.records import COORDINATOR
from tests.website.visitors import ME, UPDATES, from_page, signed_in


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://aep.example.evil.example"])
async def test_a_form_of_another_site_is_refused(
    visitor: httpx2.AsyncClient, network: Network, update: dict[str, str], origin: str
) -> None:
    signed_in(visitor)
    answer = await visitor.post("/en/my/updates", data=update, headers={"Origin": origin})
    assert answer.status_code == 403
    assert not network.requests


async def test_a_form_without_origin_needs_a_referer_of_this_site(
    visitor: httpx2.AsyncClient, network: Network, update: dict[str, str]
) -> None:
    signed_in(visitor)
    network.says("GET", ME, COORDINATOR)
    network.says("POST", UPDATES, {"id": "u1", "revision": 1}, 201)
    assert (await visitor.post("/en/my/updates", data=update)).status_code == 403
    answer = await visitor.post("/en/my/updates", data=update, headers={"Referer": f"{ORIGIN}/en/my/updates/new"})
    assert answer.status_code == 303


async def test_a_form_of_another_session_is_refused(
    visitor: httpx2.AsyncClient, network: Network, site: Site, update: dict[str, str]
) -> None:
    signed_in(visitor)
    for token in (site.guard.token("other"), site.guard.token(None), ""):
        answer = await visitor.post("/en/my/updates", **from_page(**{**update, "form_token": token}))
        assert answer.status_code == 403
    assert not network.requests

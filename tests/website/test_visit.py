"""What a visitor may see, and what she has just written."""

from __future__ import annotations

import httpx2
import pytest

from tests.website.conftest import Network
from tests.website.records import COORDINATOR
from tests.website.visitors import ME, UPDATES, from_page, signed_in


async def test_following_reads_ask_for_what_a_write_published(
    visitor: httpx2.AsyncClient, network: Network, update: dict[str, str]
) -> None:
    signed_in(visitor)
    network.says("GET", ME, COORDINATOR)
    network.says("POST", UPDATES, {"id": "u1", "revision": 1}, 201, **{"AEP-Event": "aep.registry.update.v1/u1/7"})
    await visitor.post("/en/my/updates", **from_page(**update))
    await visitor.get("/en/my")
    assert network.requests[-1].headers["aep-after"] == "aep.registry.update.v1/u1/7"


@pytest.mark.parametrize("path", ["/en/my", "/en/review", "/en/issues", "/en/reports", "/en/mailbox"])
async def test_working_pages_lead_to_the_sign_in_and_back(visitor: httpx2.AsyncClient, path: str) -> None:
    answer = await visitor.get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/en/sign-in?next={path[3:]}")


@pytest.mark.parametrize("path", ["/en/review", "/en/issues", "/en/reports", "/en/mailbox"])
async def test_working_pages_of_others_are_refused(visitor: httpx2.AsyncClient, network: Network, path: str) -> None:
    signed_in(visitor)
    network.says("GET", ME, COORDINATOR)
    assert (await visitor.get(path)).status_code == 403

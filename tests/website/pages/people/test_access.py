"""One's own access."""

from __future__ import annotations

import httpx2

from aep_website.visit import Site
from tests.website.conftest import Network
from tests.website.records import COORDINATOR
from tests.website.visitors import ME, from_page, sent, signed_in


async def test_one_signs_out_everywhere_with_a_button(
    visitor: httpx2.AsyncClient, network: Network, site: Site
) -> None:
    signed_in(visitor)
    network.says("GET", ME, COORDINATOR)
    network.says("POST", "/api/registry/v1/session/end-all", None, 204)
    page = await visitor.get("/en/access")
    assert 'action="/en/access/end"' in page.text
    assert "summer school" in page.text
    answer = await visitor.post("/en/access/end", **from_page(form_token=site.guard.token("anchor")))
    assert answer.status_code == 200
    assert "Signed out everywhere" in answer.text
    assert 'aep_session=""' in answer.headers["set-cookie"]
    assert len(sent(network, "POST", "/api/registry/v1/session/end-all")) == 1

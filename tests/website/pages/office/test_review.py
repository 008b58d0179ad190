"""The office answers updates that were handed in."""

from __future__ import annotations

import httpx2
import pytest

from aep_website.visit import Site
from tests.website.conftest import Network
from tests.website.records import COORDINATOR, OFFICER
from tests.website.visitors import ME, OUTDATED, UPDATES, form, said, signed_in


@pytest.mark.parametrize(("editors", "barred"), [([], False), ([OFFICER["id"]], True)])
async def test_an_officer_who_changed_a_text_has_no_button_to_approve_it(
    visitor: httpx2.AsyncClient, network: Network, editors: list[str], barred: bool
) -> None:
    signed_in(visitor)
    network.says("GET", ME, OFFICER)
    said(network, state="submitted", content_by=[COORDINATOR["id"], *editors])
    page = (await visitor.get("/en/review/u1")).text
    assert ('value="approve"' not in page) is barred
    assert ("another officer approves it" in page) is barred


@pytest.mark.parametrize(("status", "code"), [(412, "revision-outdated"), (409, "update-state")])
async def test_an_officer_reads_in_words_that_an_update_has_changed(
    visitor: httpx2.AsyncClient, network: Network, site: Site, status: int, code: str
) -> None:
    signed_in(visitor)
    network.says("GET", ME, OFFICER)
    said(network, state="draft")
    network.says("POST", f"{UPDATES}/u1/approve", {**OUTDATED, "code": code}, status)
    page = await visitor.post("/en/review/u1", **form(site, action="approve", revision="2"))
    assert page.status_code == status
    assert "Somebody changed this update since you opened it, so nothing was done." in page.text
    assert "at revision" not in page.text

"""Names of records: asked for once, by whichever slug, and left out while the search is away."""

from __future__ import annotations

import httpx2
import pytest

from aep_website.answers.search import Name
from aep_website.lookups import Names
from tests.website.conftest import Network
from tests.website.records import COORDINATOR, OFFICER, UPDATE
from tests.website.visitors import ME, signed_in

NAMES = "/api/search/v1/names"
SCHOOL = {
    "type": "initiative",
    "slug": "summer-schools",
    "former_slugs": ["summer-school"],
    "name": {"en": "The Summer Schools"},
    "kind": "programme",
}


def test_a_former_slug_means_the_record() -> None:
    known = Names.made_of([Name.model_validate(SCHOOL)])
    assert known.now("initiative", "summer-school") == "summer-schools"
    assert known.of("initiative", "summer-school") == {"en": "The Summer Schools"}
    assert known.has("initiative", "summer-school")
    assert not known.has("partner", "summer-school")
    assert known.of("partner", "not-known") == {"en": "not known"}


@pytest.fixture
def update(network: Network) -> None:
    shown = {**UPDATE, "state": "approved", "approved_at": UPDATE["updated_at"]}
    network.says("GET", "/api/registry/v1/updates/u1", shown)


@pytest.mark.usefixtures("update")
async def test_names_are_kept_for_visitors_and_new_for_whoever_is_signed_in(
    visitor: httpx2.AsyncClient, network: Network
) -> None:
    network.says("GET", NAMES, {"items": [SCHOOL], "next": None})
    for _ in range(2):
        page = await visitor.get("/en/updates/u1")
        assert '<a href="/en/initiatives/summer-schools">The Summer Schools</a>' in page.text
    (asked,) = [request for request in network.requests if request.url.path == NAMES]
    assert set(asked.url.params["type"].split(",")) > {"initiative", "partner"}
    signed_in(visitor)
    network.says("GET", ME, COORDINATOR)
    await visitor.get("/en/updates/u1")
    assert len([request for request in network.requests if request.url.path == NAMES]) == 2


@pytest.mark.usefixtures("update")
@pytest.mark.parametrize("status", [404, 503])
async def test_a_page_is_shown_without_names(visitor: httpx2.AsyncClient, network: Network, status: int) -> None:
    network.says("GET", NAMES, {"code": "x", "detail": "x"}, status)
    page = await visitor.get("/en/updates/u1")
    assert page.status_code == 200
    assert "about summer school" in page.text


async def test_nobody_is_told_that_there_is_nothing_to_write_about_while_names_are_away(
    visitor: httpx2.AsyncClient, network: Network
) -> None:
    signed_in(visitor)
    network.says("GET", ME, OFFICER)
    network.says("GET", NAMES, {"code": "x", "detail": "x"}, 503)
    assert (await visitor.get("/en/my/updates/new")).status_code == 503

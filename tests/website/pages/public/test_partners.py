"""The page of a partner: its names, what it takes part in, and what is shown of any record while the search is away."""

from __future__ import annotations

from uuid import uuid4

import httpx2
import pytest

from aep_shared.contracts.base import RegisterRecord
from aep_shared.contracts.events.meeting import EXAMPLE as MEETING
from aep_shared.contracts.registry import Partner
from aep_shared.contracts.registry.group import EXAMPLE as GROUP
from aep_shared.contracts.registry.initiative import EXAMPLE as INITIATIVE
from aep_shared.contracts.registry.organisation import EXAMPLE as ORGANISATION
from aep_shared.contracts.registry.partner import EXAMPLE as PARTNER
from aep_shared.contracts.registry.update import EXAMPLE as UPDATE
from aep_website.pages.public.partners import proposals
from tests.website.conftest import Network

EXAMPLES = [
    ("partner", PARTNER),
    ("organisation", ORGANISATION),
    ("group", GROUP),
    ("initiative", INITIATIVE),
    ("meeting", MEETING),
]


def test_proposed_names_are_those_that_the_register_lacks() -> None:
    finland = Partner(id=uuid4(), slug="finland", kind="country", iso="FI", name={"en": "Finland", "fi": "Suomi"})
    assert proposals(finland) == {"sv": "Finland"}


@pytest.mark.parametrize("status", [404, 503])
@pytest.mark.parametrize(("kind", "example"), EXAMPLES)
async def test_a_record_is_shown_where_the_search_cannot_say_what_refers_to_it(
    visitor: httpx2.AsyncClient, network: Network, kind: str, example: RegisterRecord, status: int
) -> None:
    """A search service that is away, or of a version that does not know the question."""
    service = "events" if kind == "meeting" else "registry"
    network.says("GET", f"/api/{service}/v1/{kind}s/{example.slug}", example.model_dump(mode="json"))
    related = f"/api/search/v1/records/{kind}/{example.slug}/related"
    network.says("GET", related, {"code": "x", "detail": "x"}, status)
    page = await visitor.get(f"/en/{kind}s/{example.slug}")
    assert page.status_code == 200
    assert "What refers to it cannot be shown now." in page.text
    assert "No initiative names" not in page.text
    network.says("GET", related, {})
    assert "cannot be shown now" not in (await visitor.get(f"/en/{kind}s/{example.slug}")).text


async def test_a_partner_is_shown_with_what_it_takes_part_in(visitor: httpx2.AsyncClient, network: Network) -> None:
    network.says("GET", "/api/registry/v1/partners/republic-of-korea", PARTNER.model_dump(mode="json"))
    publication = {
        "type": "publication",
        "slug": "asemme8-conclusions",
        "former_slugs": [],
        "name": {"en": "Conclusions of Bucharest"},
        "kind": "conclusions",
    }
    found = {
        "initiatives": [INITIATIVE.model_dump(mode="json")],
        "meetings": [MEETING.model_dump(mode="json")],
        "updates": [UPDATE.model_dump(mode="json")],
        "communities": [PARTNER.model_copy(update={"slug": "a-community"}).model_dump(mode="json")],
        "names": [publication],
    }
    network.says("GET", "/api/search/v1/records/partner/republic-of-korea/related", found)
    page = (await visitor.get("/en/partners/republic-of-korea")).text
    for address in (
        f"/initiatives/{INITIATIVE.slug}",
        f"/meetings/{MEETING.slug}",
        f"/updates/{UPDATE.id}",
        "/partners/a-community",
    ):
        assert f'href="/en{address}"' in page


@pytest.mark.parametrize("there", [True, False])
async def test_a_text_that_is_not_here_is_cited_in_words(
    visitor: httpx2.AsyncClient, network: Network, there: bool
) -> None:
    """A link would lead nowhere."""
    said = {"publication": "old-text", "ref": "33", "note": None}
    record = {
        **PARTNER.model_dump(mode="json"),
        "name_source": said,
        "group_source": {**said, "ref": None, "note": "2"},
    }
    name = {"type": "publication", "slug": "new-text", "former_slugs": ["old-text"], "name": {"en": "A & B"}}
    network.says("GET", "/api/registry/v1/partners/republic-of-korea", record)
    related = "/api/search/v1/records/partner/republic-of-korea/related"
    network.says("GET", related, {"names": [{**name, "kind": None, "parent": None}] if there else []})
    page = (await visitor.get("/en/partners/republic-of-korea")).text
    linked = '<a href="/en/publications/new-text/paragraphs/33">A &amp; B: Paragraph 33</a>' in page
    assert (linked, '<a href="/en/publications/new-text">A &amp; B</a>, note 2' in page) == (there, there)
    assert ("old text: Paragraph 33" in page, "/publications/old-text" in page) == (not there, False)

"""How many calls to the APIs a page makes when nothing is kept: each is a wait, and a service that may be away.

Who signed in is one more call of every page, which is not counted here.
"""

from __future__ import annotations

import httpx2
import pytest

from aep_shared.access.actor import LOCAL_OPERATOR
from aep_shared.contracts.events.meeting import EXAMPLE as MEETING
from aep_shared.contracts.registry.group import EXAMPLE as GROUP
from aep_shared.contracts.registry.initiative import EXAMPLE as INITIATIVE
from aep_shared.contracts.registry.organisation import EXAMPLE as ORGANISATION
from aep_shared.contracts.registry.partner import EXAMPLE as PARTNER
from aep_shared.contracts.registry.update import EXAMPLE as APPROVED
from aep_website import pages
from tests.website.conftest import Network
from tests.website.records import OFFICER, PARAGRAPH, PUBLICATION, STORED, UPDATE, WAITING
from tests.website.visitors import ME, signed_in

RECORDS = {"partners": PARTNER, "organisations": ORGANISATION, "groups": GROUP, "initiatives": INITIATIVE}
NAME = {"type": "initiative", "slug": "summer-school", "former_slugs": [], "name": {"en": "S"}, "kind": None}
MAILS = "/api/notifications/v1/mailbox"
RELATED = {
    "initiatives": [INITIATIVE.model_dump(mode="json")],
    "meetings": [MEETING.model_dump(mode="json")],
    "updates": [APPROVED.model_dump(mode="json")],
    "publications": [PUBLICATION],
    "communities": [PARTNER.model_dump(mode="json")],
    "names": [NAME],
}
PUBLIC = {
    "/": 5,
    "/search": 2,
    "/publications": 1,
    "/publications/{slug}": 3,
    "/publications/{slug}/paragraphs/{ref}": 3,
    "/initiatives": 2,
    "/initiatives/{slug}": 3,
    "/meetings": 1,
    "/meetings/{slug}": 2,
    "/partners": 1,
    "/partners/{slug}": 2,
    "/organisations": 2,
    "/organisations/{slug}": 2,
    "/groups/{slug}": 2,
    "/updates": 2,
    "/updates/{id}": 2,
    "/way/{id}": 7,
    "/subscriptions": 2,
    "/subscriptions/confirm/{token}": 0,
    "/subscriptions/unsubscribe/{token}": 0,
    "/newsletter/{id}": 1,
    "/api": 0,
    "/problems": 0,
    "/problems/{code}": 0,
    "/sign-in": 0,
    "/sign-in/{secret}": 0,
}
WORKING = {
    "/my": 3,
    "/my/updates/new": 1,
    "/my/updates/{id}": 2,
    "/my/updates/{id}/discard": 2,
    "/access": 1,
    "/review": 4,
    "/review/{id}": 2,
    "/review/texts/{slug}": 1,
    "/publications/{slug}/withdraw": 1,
    "/issues": 2,
    "/issues/{id}": 3,
    "/issues/{id}/mail": 1,
    "/reports": 2,
    "/reports/{id}/files/{form}": 1,
    "/people": 2,
    "/people/{id}": 1,
    "/mailbox": 1,
    "/mailbox/{id}": 1,
    "/mailbox/{id}/html": 1,
}
MORE_THAN_THREE = {
    "/": "counts, updates, meetings, lists and names have five owners",
    "/way/{id}": "it shows what each service says of one event",
    "/review": "two states of updates, which the registry lists one at a time, texts and names",
}


@pytest.fixture(autouse=True)
def records(network: Network) -> None:
    """A record of each kind, with the slug or id `x`."""
    registry, search, notifications = "/api/registry/v1", "/api/search/v1", "/api/notifications/v1"
    for name, example in RECORDS.items():
        network.says("GET", f"{registry}/{name}/x", {**example.model_dump(mode="json"), "slug": "x"})
    network.says("GET", "/api/events/v1/meetings/x", {**MEETING.model_dump(mode="json"), "slug": "x"})
    network.says("GET", f"{registry}/updates/x", {**UPDATE, "state": "approved", "approved_at": UPDATE["updated_at"]})
    network.says(
        "GET",
        f"{registry}/people",
        {"items": [{**OFFICER, "id": "x", "kind": "person", "email": "a@b.example", "name": "A"}]},
    )
    for kind in ("partner", "organisation", "group", "initiative", "meeting"):
        network.says("GET", f"{search}/records/{kind}/x/related", RELATED)
    network.says("GET", f"{search}/publications/x", PUBLICATION)
    network.says("GET", f"{search}/publications/x/paragraphs", {"items": [PARAGRAPH], "next": None})
    network.says("GET", f"{search}/publications/x/paragraphs/x", PARAGRAPH)
    network.says("GET", f"{search}/publications/x/cited-by", {"items": []})
    network.says("GET", f"{search}/unpublished/x", WAITING)
    network.says("GET", f"{notifications}/issues/x", {**STORED, "state": "sending", "in_doubt": ["r@b.example"]})
    network.says("GET", f"{notifications}/issues/0199/deliveries", {"items": []})
    network.says("GET", f"{notifications}/sending", {"waits": None})
    network.says("GET", f"{notifications}/issues/x/preview", {"html": "<p>x</p>"})
    mail = {"id": "x", "subject": "S", "to": "a@b.example", "text": "T", "received_at": UPDATE["updated_at"]}
    network.says("GET", f"{MAILS}/x", {**mail, "html": "<p>x</p>"})


def _path(page: str) -> str:
    for part in ("slug", "ref", "id", "token", "secret"):
        page = page.replace(f"{{{part}}}", "x")
    return f"/en{page.replace('{code}', 'not-found').replace('{form}', 'html')}"


def _made(network: Network) -> list[str]:
    return sorted(request.url.path for request in network.requests if request.url.path != ME)


@pytest.mark.parametrize(("page", "calls"), PUBLIC.items(), ids=list(PUBLIC))
async def test_a_page_for_visitors(visitor: httpx2.AsyncClient, network: Network, page: str, calls: int) -> None:
    answer = await visitor.get(_path(page))
    assert answer.status_code == 200
    assert len(_made(network)) == calls, _made(network)
    assert calls <= 3 or page in MORE_THAN_THREE


@pytest.mark.parametrize(("page", "calls"), WORKING.items(), ids=list(WORKING))
async def test_a_working_page(visitor: httpx2.AsyncClient, network: Network, page: str, calls: int) -> None:
    signed_in(visitor)
    drafts = page.startswith("/my/updates")
    operator = page.startswith("/mailbox")
    person = {"id": str(LOCAL_OPERATOR), "grants": [{"role": "operator"}]} if operator else OFFICER
    network.says("GET", ME, person)
    network.says("GET", "/api/reports/v1/runs/x/files/html", {})
    if drafts:
        network.says("GET", "/api/registry/v1/updates/x", UPDATE)
        network.says("GET", "/api/search/v1/names", {"items": [NAME], "next": None})
    answer = await visitor.get(_path(page))
    assert answer.status_code == 200
    assert len(_made(network)) == calls, _made(network)
    assert calls <= 3 or page in MORE_THAN_THREE


def test_every_page_is_counted() -> None:
    assert {page.path for page in pages.ALL if page.method == "GET"} == {*PUBLIC, *WORKING}

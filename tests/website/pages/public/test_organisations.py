"""Organisations and groups: the list by kind, and the page of one."""

from __future__ import annotations

import httpx2
import pytest

from aep_shared.contracts.events.meeting import EXAMPLE as MEETING
from aep_shared.contracts.registry.group import EXAMPLE as GROUP
from aep_shared.contracts.registry.group import Group
from aep_shared.contracts.registry.initiative import EXAMPLE as INITIATIVE
from aep_shared.contracts.registry.organisation import EXAMPLE as ORGANISATION
from aep_shared.contracts.registry.organisation import Organisation
from aep_shared.contracts.registry.update import EXAMPLE as UPDATE
from tests.website.conftest import Network
from tests.website.reading import Seen, seen

REGISTRY = "/api/registry/v1"
OF_ORGANISATION = f"/api/search/v1/records/organisation/{ORGANISATION.slug}/related"
OF_GROUP = f"/api/search/v1/records/group/{GROUP.slug}/related"


def organisation(slug: str, kind: str, acronym: str | None = None) -> Organisation:
    name = {"en": slug.capitalize()}
    return Organisation(id=ORGANISATION.id, slug=slug, kind=kind, name=name, acronym=acronym)


def listed(network: Network, register: str, *records: Organisation | Group) -> None:
    items = [record.model_dump(mode="json") for record in records]
    network.says("GET", f"{REGISTRY}/{register}", {"items": items, "next": None})


def shown(network: Network, record: Organisation | Group) -> None:
    register = "groups" if isinstance(record, Group) else "organisations"
    network.says("GET", f"{REGISTRY}/{register}/{record.slug}", record.model_dump(mode="json"))


def named(kind: str, slug: str, name: str) -> dict[str, object]:
    return {"type": kind, "slug": slug, "former_slugs": [], "name": {"en": name}, "kind": None}


async def page(visitor: httpx2.AsyncClient, path: str) -> Seen:
    answer = await visitor.get(f"/en{path}")
    assert answer.status_code == 200
    return seen(answer)


async def test_organisations_stand_by_kind_the_secretariat_first(visitor: httpx2.AsyncClient, network: Network) -> None:
    listed(
        network,
        "organisations",
        organisation("zeta", "stakeholder", "ZT"),
        organisation("a-court", "court"),
        organisation("alpha", "stakeholder"),
        organisation("office", "secretariat"),
        organisation("duo", "supporting-body"),
    )
    listed(network, "groups", GROUP.model_copy(update={"slug": "b", "name": {"en": "Writers"}}), GROUP)
    found = await page(visitor, "/organisations")
    assert found.words.endswith(
        "Secretariat 1 Office Supporting body 1 Duo Stakeholder 2 Alpha Zeta ZT Court 1 A-court"
        " Groups 2 Standing Working Group Writers"
    )
    assert found.leads("Duo") == "/en/organisations/duo"
    assert found.leads("Writers") == "/en/groups/b"


async def test_a_list_without_records_has_no_headings(visitor: httpx2.AsyncClient) -> None:
    assert (await page(visitor, "/organisations")).words == (
        "Organisations and groups Who supports, coordinates and advises."
    )


async def test_an_organisation_is_told_in_words(visitor: httpx2.AsyncClient, network: Network) -> None:
    shown(network, ORGANISATION.model_copy(update={"parent": "asef", "partner": "singapore"}))
    names = [named("partner", "republic-of-korea", "Korea"), named("organisation", "asef", "The Foundation")]
    network.says("GET", OF_ORGANISATION, {"names": names})
    found = await page(visitor, f"/organisations/{ORGANISATION.slug}")
    for words in (
        "ASEM-DUO Secretariat ASEM-DUO supporting body Runs the fellowship programme",
        "Seat Seoul Korea since September 2001",
        "Belongs to singapore",
        "Part of The Foundation",
        "Elsewhere http://www.asemduo.org/",
        "Initiatives 0 No initiative names it.",
    ):
        assert words in found.words
    assert found.leads("Korea") == "/en/partners/republic-of-korea"
    assert found.leads("The Foundation") == "/en/organisations/asef"
    assert found.leads("singapore") is None
    assert "Meetings" not in found.words
    assert "Updates" not in found.words


async def test_a_group_names_its_members(visitor: httpx2.AsyncClient, network: Network) -> None:
    shown(network, GROUP)
    network.says("GET", OF_GROUP, {"names": [named("partner", "austria", "Austria")]})
    found = await page(visitor, f"/groups/{GROUP.slug}")
    assert "working group Helps the secretariat to watch over strategy and action plan." in found.words
    assert "Members (not all are named) Austria member romania member, has expressed interest" in found.words
    assert "Also called Standing Working Group (SWG)" in found.words
    assert found.leads("Austria") == "/en/partners/austria"
    shown(network, GROUP.model_copy(update={"members_complete": True}))
    assert "not all are named" not in (await page(visitor, f"/groups/{GROUP.slug}")).words


@pytest.mark.parametrize(("record", "related"), [(ORGANISATION, OF_ORGANISATION), (GROUP, OF_GROUP)])
async def test_what_refers_to_it_stands_in_one_order(
    visitor: httpx2.AsyncClient, network: Network, record: Organisation | Group, related: str
) -> None:
    shown(network, record)
    initiatives = [INITIATIVE.model_copy(update={"slug": slug, "title": {"en": f"I {slug}"}}) for slug in ("b", "a")]
    meetings = [MEETING.model_copy(update={"slug": slug, "title": {"en": f"M {slug}"}}) for slug in ("d", "c")]
    around = {
        "initiatives": [initiative.model_dump(mode="json") for initiative in initiatives],
        "meetings": [meeting.model_dump(mode="json") for meeting in meetings],
        "updates": [UPDATE.model_dump(mode="json")],
    }
    network.says("GET", related, around)
    register = "groups" if isinstance(record, Group) else "organisations"
    found = await page(visitor, f"/{register}/{record.slug}")
    assert found.to("/en/initiatives/") == ["I a", "I b"]
    assert found.to("/en/meetings/") == ["M c", "M d"]
    assert found.leads("First visits are booked") == f"/en/updates/{UPDATE.id}"
    assert "Initiatives 2 I a" in found.words


@pytest.mark.parametrize(("register", "record"), [("organisations", ORGANISATION), ("groups", GROUP)])
async def test_a_renamed_record_leads_to_its_present_page(
    visitor: httpx2.AsyncClient, network: Network, register: str, record: Organisation | Group
) -> None:
    shown(network, record)
    network.answers["GET", f"{REGISTRY}/{register}/old"] = lambda _request: httpx2.Response(
        308, headers={"Location": f"{REGISTRY}/{register}/{record.slug}"}
    )
    answer = await visitor.get(f"/en/{register}/old")
    assert (answer.status_code, answer.headers["location"]) == (308, f"/en/{register}/{record.slug}")


@pytest.mark.parametrize("register", ["organisations", "groups"])
async def test_what_is_not_known_has_no_page(visitor: httpx2.AsyncClient, register: str) -> None:
    assert (await visitor.get(f"/en/{register}/nothing")).status_code == 404


@pytest.mark.parametrize("register", ["organisations", "groups"])
async def test_the_list_is_shown_with_both_registers_or_not_at_all(
    visitor: httpx2.AsyncClient, network: Network, register: str
) -> None:
    network.says("GET", f"{REGISTRY}/{register}", {"code": "database-away", "detail": "x"}, 503)
    assert (await visitor.get("/en/organisations")).status_code == 503

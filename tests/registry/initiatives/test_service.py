"""What a coordinator may change of her initiative, and what follows it when it is renamed."""

from __future__ import annotations

from typing import Any

import httpx2
import orjson
import pytest

from tests.registry.conftest import Registry
from tests.shared.flowing import until

V1 = "/api/registry/v1"
INITIATIVES, UPDATES = f"{V1}/initiatives", f"{V1}/updates"
LAB = {"slug": "harbour-lab", "title": {"en": "Harbour lab"}, "status": "running"}
UPDATE = {"about": {"type": "initiative", "slug": "harbour-lab"}, "title": {"en": "A"}, "text": {"en": "B"}}
FIGURE = {"value": 60, "unit": "students", "what": {"en": "took part"}}


async def coordinated(registry: Registry) -> tuple[dict[str, str], dict[str, str]]:
    """An initiative with its coordinator: the headers of an officer and hers."""
    officer = await registry.sign_in("officer@secretariat.example", "officer")
    await registry.client.post(INITIATIVES, json=LAB, headers=officer)
    invitation = {"email": "coordinator@network.example", "role": "coordinator", "initiative": "harbour-lab"}
    answer = await registry.client.post(f"{V1}/people", json=invitation, headers=officer)
    assert answer.status_code == 201, answer.text
    return officer, await registry.sign_in("coordinator@network.example")


async def rename(registry: Registry, officer: dict[str, str], old: str, new: str) -> None:
    line = orjson.dumps({**LAB, "slug": new, "former_slugs": [old]})
    answer = await registry.client.post(f"{INITIATIVES}/import", content=line, headers=officer)
    assert answer.json() == {"created": 0, "changed": 1, "unchanged": 0, "removed": 0}


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"summary": {"en": "What it does"}}, None),
        ({"links": [{"url": "https://harbour.example"}]}, None),
        ({"figures": [{**FIGURE, "source": {"name": "Yearbook"}}]}, None),
        ({"figures": [FIGURE]}, "figure-without-source"),
        ({"status": "completed"}, "field-not-allowed"),
        ({"title": {"en": "Another"}}, "field-not-allowed"),
        ({"coordinators": [{"partner": "austria"}]}, "field-not-allowed"),
        ({"mentions": [{"publication": "c", "ref": "1", "stance": "carried-out"}]}, "field-not-allowed"),
        ({"framework": [{"node": "so1", "degree": "high"}]}, "field-not-allowed"),
        ({"new": True}, "field-not-allowed"),
        ({"source": {"name": "Me"}}, "field-not-allowed"),
        ({"parent": "programme"}, "field-not-allowed"),
        ({"demo": True}, "field-not-allowed"),
        ({"slug": "port-lab"}, "field-not-allowed"),
        ({"former_slugs": ["port-lab"]}, "field-not-allowed"),
        ({"summary": {"en": "What it does"}, "status": "completed"}, "field-not-allowed"),
    ],
)
async def test_a_coordinator_changes_what_is_hers(registry: Registry, fields: dict[str, Any], code: str | None) -> None:
    _officer, coordinator = await coordinated(registry)
    address = f"{INITIATIVES}/harbour-lab"
    before = (await registry.client.get(address)).json()
    answer = await registry.client.patch(address, json=fields, headers=coordinator)
    assert answer.json().get("code") == code, answer.text
    after = (await registry.client.get(address)).json()
    assert (after == before) is (code is not None)


async def test_an_old_figure_without_source_stays_when_a_coordinator_adds_one(registry: Registry) -> None:
    officer, coordinator = await coordinated(registry)
    address = f"{INITIATIVES}/harbour-lab"
    known = (await registry.client.patch(address, json={"figures": [FIGURE]}, headers=officer)).json()["figures"]
    added = [*known, {**FIGURE, "value": 70, "source": {"name": "Yearbook"}}]
    assert (await registry.client.patch(address, json={"figures": added}, headers=coordinator)).status_code == 200
    # What she sends back as she read it is no change of hers.
    whole = {
        name: value
        for name, value in (await registry.client.get(address)).json().items()
        if name not in ("id", "updated_at")
    }
    assert (await registry.client.patch(address, json=whole, headers=coordinator)).status_code == 200


async def test_rights_and_updates_follow_a_renamed_initiative(registry: Registry) -> None:
    officer, coordinator = await coordinated(registry)
    update = (await registry.client.post(UPDATES, json=UPDATE, headers=coordinator)).json()
    await rename(registry, officer, "harbour-lab", "port-lab")
    stranger = await registry.client.post(INITIATIVES, json=LAB, headers=officer)
    assert (stranger.status_code, stranger.json()["code"]) == (409, "slug-taken")

    async def writes() -> httpx2.Response | None:
        fields = {"summary": {"en": "Renamed"}}
        answer = await registry.client.patch(f"{INITIATIVES}/port-lab", json=fields, headers=coordinator)
        return answer if answer.status_code == 200 else None

    assert (await until(writes)).json()["former_slugs"] == ["harbour-lab"]
    changed = await registry.client.patch(f"{UPDATES}/{update['id']}", json={"text": {"en": "C"}}, headers=coordinator)
    assert changed.json()["about"] == {"type": "initiative", "slug": "port-lab"}
    # A reference to the old slug still means the renamed one.
    again = await registry.client.post(UPDATES, json=UPDATE, headers=coordinator)
    assert again.json()["about"]["slug"] == "port-lab"
    for slug in ("harbour-lab", "port-lab"):
        query = f"{UPDATES}?about_type=initiative&about={slug}"
        listed = (await registry.client.get(query, headers=coordinator)).json()["items"]
        assert {item["id"] for item in listed} == {update["id"], again.json()["id"]}


async def test_an_approved_update_is_published_again_under_the_new_slug(registry: Registry) -> None:
    officer, coordinator = await coordinated(registry)
    update = (await registry.client.post(UPDATES, json=UPDATE, headers=coordinator)).json()
    await registry.client.post(f"{UPDATES}/{update['id']}/submit", headers=coordinator)
    approved = await registry.client.post(f"{UPDATES}/{update['id']}/approve", headers=officer)
    assert approved.status_code == 200, approved.text
    line = orjson.dumps({**LAB, "slug": "port-lab", "former_slugs": ["harbour-lab"]})
    answer = await registry.client.post(f"{INITIATIVES}/import", content=line, headers=officer)
    events = answer.headers["aep-event"]
    assert f"aep.registry.update.v1/{update['id']}" in events
    assert "aep.registry.initiative.v1/" in events
    assert "aep.registry.subject.v1/" in events


async def test_an_invitation_by_a_former_slug_is_for_the_renamed_record(registry: Registry) -> None:
    officer, _coordinator = await coordinated(registry)
    await rename(registry, officer, "harbour-lab", "port-lab")
    invitation = {"email": "second@network.example", "role": "coordinator", "initiative": "harbour-lab"}
    assert (await registry.client.post(f"{V1}/people", json=invitation, headers=officer)).status_code == 201
    people = (await registry.client.get(f"{V1}/people", headers=officer)).json()["items"]
    granted = {p["email"]: [(grant["role"], grant["initiative"]) for grant in p["grants"]] for p in people}
    assert granted["second@network.example"] == [("coordinator", "port-lab")]
    assert granted["coordinator@network.example"] == [("coordinator", "port-lab")]

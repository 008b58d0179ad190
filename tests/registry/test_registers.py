"""Registers over HTTP: pages of a list, filters by former slugs, removal and return, what an import says."""

from __future__ import annotations

from typing import Any

import httpx2
import orjson
import pytest

from tests.registry.conftest import Registry
from tests.shared.statements import run

V1 = "/api/registry/v1"
PARTNERS = f"{V1}/partners"
LAND = {"kind": "country", "asem_group": "europe"}


def partner(slug: str, **fields: Any) -> dict[str, Any]:
    return {"slug": slug, "name": {"en": slug.title()}, **LAND, **fields}


@pytest.fixture
async def officer(registry: Registry) -> dict[str, str]:
    return await registry.sign_in("officer@secretariat.example", "officer")


async def imported(registry: Registry, officer: dict[str, str], *lines: dict[str, Any]) -> httpx2.Response:
    body = b"\n".join(map(orjson.dumps, lines))
    return await registry.client.post(f"{PARTNERS}/import", content=body, headers=officer)


async def slugs(registry: Registry, **query: str) -> list[str]:
    answer = await registry.client.get(PARTNERS, params=query)
    return [item["slug"] for item in answer.raise_for_status().json()["items"]]


async def test_a_list_is_filtered_by_its_columns_and_by_any_slug_of_what_is_named(
    registry: Registry, officer: dict[str, str]
) -> None:
    isle = partner("isle", kind="community", asem_group=None, parent="mainland")
    await imported(registry, officer, partner("mainland"), partner("land", asem_group="asia"), isle)
    await imported(registry, officer, partner("continent", former_slugs=["mainland"]))
    assert await slugs(registry, kind="community") == ["isle"]
    assert await slugs(registry, asem_group="asia") == ["land"]
    assert await slugs(registry, parent="mainland") == await slugs(registry, parent="continent") == ["isle"]
    assert await slugs(registry, kind="kingdom") == []


async def test_fields_chooses_and_an_unknown_parameter_is_refused(registry: Registry, officer: dict[str, str]) -> None:
    await imported(registry, officer, partner("land"))
    (item,) = (await registry.client.get(PARTNERS, params={"fields": "slug,name"})).json()["items"]
    assert sorted(item) == ["id", "name", "slug"]
    every = ",".join(["slug", "name", *(f"a-field-with-a-long-name-{n}" for n in range(20))])
    assert (await registry.client.get(PARTNERS, params={"fields": every})).status_code == 200
    refused = await registry.client.get(PARTNERS, params={"colour": "blue"})
    assert (refused.status_code, refused.json()["code"]) == (400, "unknown-parameter")
    assert "this list knows asem_group, cursor" in refused.json()["detail"]


async def test_what_is_removed_is_gone_with_its_reason_and_told_to_whoever_follows(
    registry: Registry, officer: dict[str, str]
) -> None:
    await imported(registry, officer, partner("land"), partner("stays"))
    since = (await registry.client.get(f"{PARTNERS}/land")).json()["updated_at"]
    address, reason = f"{PARTNERS}/land", {"reason": "It was entered twice."}
    assert (await registry.client.post(f"{address}/remove", json=reason)).status_code == 401
    answer = await registry.client.post(f"{address}/remove", json=reason, headers=officer)
    assert answer.status_code == 204
    assert "AEP-Event" in answer.headers
    gone = await registry.client.get(address)
    assert (gone.status_code, gone.json()["code"]) == (410, "record-removed")
    assert (
        gone.json()["detail"]
        == f"partner 'land' was removed on {gone.json()['removed_at'][:10]}: {gone.json()['reason']}"
    )
    assert gone.json()["reason"] == reason["reason"]
    assert await slugs(registry) == ["stays"]
    followed = (await registry.client.get(PARTNERS, params={"updated_since": since})).json()["items"]
    assert [sorted(item) for item in followed if item["slug"] == "land"] == [["deleted_at", "id", "slug"]]
    chosen = (await registry.client.get(PARTNERS, params={"updated_since": since, "fields": "name"})).json()["items"]
    assert {"deleted_at", "name"} == {name for item in chosen for name in item} - {"id", "slug"}
    assert (await imported(registry, officer, partner("land"))).json()["removed"] == 1
    changed = await registry.client.patch(address, json={"iso": "LA"}, headers=officer)
    assert changed.status_code == 410
    back = await registry.client.post(f"{address}/restore", headers=officer)
    assert (back.status_code, back.json()["slug"], back.headers["ETag"]) == (200, "land", '"3"')
    assert await slugs(registry) == ["land", "stays"]


@pytest.mark.parametrize("given", [{}, {"reason": " "}, {"reason": "x" * 1001}, {"reason": "why", "more": 1}])
async def test_a_removal_needs_its_reason(registry: Registry, officer: dict[str, str], given: dict[str, str]) -> None:
    await imported(registry, officer, partner("land"))
    refused = await registry.client.post(f"{PARTNERS}/land/remove", json=given, headers=officer)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid-input")


async def test_a_change_names_what_is_wrong_with_it(registry: Registry, officer: dict[str, str]) -> None:
    await imported(registry, officer, partner("land"))
    wrong: dict[str, Any] = {"colour": "blue", "kind": "planet", "name": {}}
    for field, value in wrong.items():
        refused = await registry.client.patch(f"{PARTNERS}/land", json={field: value}, headers=officer)
        assert refused.status_code == 422, refused.text
        assert refused.json()["errors"][0]["field"] == f"body.{field}"
    cleared = await registry.client.patch(f"{PARTNERS}/land", json={"asem_group": None}, headers=officer)
    assert cleared.json()["asem_group"] is None


async def test_a_change_of_another_revision_is_refused(registry: Registry, officer: dict[str, str]) -> None:
    await imported(registry, officer, partner("land"))
    for tag, status in (('"7"', 412), ("x", 422), ('"1"', 200)):
        changed = await registry.client.patch(
            f"{PARTNERS}/land", json={"iso": "LA"}, headers={**officer, "If-Match": tag}
        )
        assert changed.status_code == status


async def test_a_stored_record_that_no_longer_fits_is_our_fault(registry: Registry, officer: dict[str, str]) -> None:
    await imported(registry, officer, partner("land"))
    unfit = """UPDATE partners SET public = jsonb_set(public, '{name}', '{"xx-never": "Land"}')"""
    await run(registry.platform.database, unfit)
    for address in (PARTNERS, f"{PARTNERS}/land"):
        answer = await registry.client.get(address)
        assert (answer.status_code, answer.json()["code"]) == (500, "internal")
        assert "xx-never" not in answer.text

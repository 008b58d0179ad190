"""Tokens of programs: only for oneself or for a program, never more than their scopes, and none where none is given."""

from __future__ import annotations

from typing import Any

import httpx2

from tests.registry.conftest import Registry
from tests.shared.flowing import until

API = "/api/registry/v1"
ME = f"{API}/me"
OFFICER = "officer@secretariat.example"
BOT = "bot@network.example"


async def mint(registry: Registry, headers: dict[str, str], email: str, **more: Any) -> httpx2.Response:
    given = {"email": email, "expires_days": 1, **more}
    return await registry.client.post(f"{API}/tokens", json=given, headers=headers)


async def holding(registry: Registry, headers: dict[str, str], email: str, **more: Any) -> dict[str, str]:
    answer = await mint(registry, headers, email, **more)
    assert answer.status_code == 201, answer.text
    return {"Authorization": f"Bearer {answer.json()['token']}"}


async def invite(registry: Registry, headers: dict[str, str], email: str, role: str) -> None:
    given = {"email": email, "role": role}
    assert (await registry.client.post(f"{API}/people", json=given, headers=headers)).status_code == 201


async def roles_of(registry: Registry, headers: dict[str, str]) -> list[str]:
    return [grant["role"] for grant in (await registry.client.get(ME, headers=headers)).json()["grants"]]


async def test_nobody_makes_a_token_of_another_person(registry: Registry) -> None:
    other = await registry.sign_in("other@secretariat.example", "officer")
    for role in ("officer", "deputy", "operator"):
        headers = await registry.sign_in(f"{role}@secretariat.example", role)
        answer = await mint(registry, headers, "other@secretariat.example", scopes=["officer"])
        assert (answer.status_code, answer.json()["code"]) == (403, "token-of-another"), role
    assert await roles_of(registry, await holding(registry, other, "other@secretariat.example")) == ["officer"]


async def test_whoever_manages_nobody_learns_of_nobody(registry: Registry) -> None:
    await registry.sign_in(OFFICER, "officer")
    reader = await registry.sign_in("reader@partner.example", "reader")
    answers = [await mint(registry, reader, email) for email in (OFFICER, "nobody@secretariat.example")]
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(403, "token-of-another")}
    assert (await mint(registry, reader, "reader@partner.example")).status_code == 201


async def test_the_token_of_a_program_has_scopes(registry: Registry) -> None:
    officer = await registry.sign_in(OFFICER, "officer")
    await invite(registry, officer, BOT, "api-client")
    await invite(registry, officer, BOT, "editor")
    for missing in ({}, {"scopes": []}, {"scopes": None}):
        answer = await mint(registry, officer, BOT, **missing)
        assert (answer.status_code, answer.json()["code"]) == (422, "scopes-missing"), missing
    assert await roles_of(registry, await holding(registry, officer, BOT, scopes=["editor"])) == ["editor"]
    assert await roles_of(registry, await holding(registry, officer, BOT, scopes=["reader"])) == []


async def test_a_program_makes_no_token_and_so_outlives_none(registry: Registry) -> None:
    officer = await registry.sign_in(OFFICER, "officer")
    await invite(registry, officer, BOT, "api-client")
    await invite(registry, officer, BOT, "editor")
    program = await holding(registry, officer, BOT, scopes=["editor"])
    for given in ({}, {"email": BOT}, {"email": OFFICER}):
        body = {"expires_days": 1, "scopes": ["editor"], **given}
        answer = await registry.client.post(f"{API}/tokens", json=body, headers=program)
        assert (answer.status_code, answer.json()["code"]) == (403, "token-of-another"), given


async def test_no_scope_is_no_right(registry: Registry) -> None:
    officer = await registry.sign_in(OFFICER, "officer")
    powerless = await holding(registry, officer, OFFICER, scopes=[])
    assert await roles_of(registry, powerless) == []
    assert (await registry.client.get(f"{API}/people", headers=powerless)).status_code == 403


async def test_a_limited_token_makes_no_wider_one(registry: Registry) -> None:
    officer = await registry.sign_in(OFFICER, "officer", "editor")
    limited = await holding(registry, officer, OFFICER, scopes=["editor"])
    for wider in ({}, {"scopes": ["officer"]}, {"scopes": ["editor", "officer"]}):
        answer = await mint(registry, limited, OFFICER, **wider)
        assert (answer.status_code, answer.json()["code"]) == (403, "scopes-exceeded"), wider
    assert await roles_of(registry, await holding(registry, limited, OFFICER, scopes=["editor"])) == ["editor"]


async def test_scopes_and_lost_roles_limit_also_ones_own_drafts(registry: Registry) -> None:
    officer = await registry.sign_in(OFFICER, "officer")
    lab = {"slug": "lab", "title": {"en": "Lab"}, "status": "running"}
    await registry.client.post(f"{API}/initiatives", json=lab, headers=officer)
    given = {"email": "c@network.example", "role": "coordinator", "initiative": "lab"}
    await registry.client.post(f"{API}/people", json=given, headers=officer)
    coordinator = await registry.sign_in("c@network.example")
    draft = {"about": {"type": "initiative", "slug": "lab"}, "kind": "news", "title": {"en": "T"}, "text": {"en": "x"}}
    made = (await registry.client.post(f"{API}/updates", json=draft, headers=coordinator)).json()
    address = f"{API}/updates/{made['id']}"
    reader = await holding(registry, coordinator, "c@network.example", scopes=["reader"])
    actions = (("PATCH", "", {"kind": "event"}), ("POST", "/submit", None), ("POST", "/withdraw", None))
    for method, path, body in actions:
        answer = await registry.client.request(method, f"{address}{path}", json=body, headers=reader)
        assert answer.status_code in (403, 404), (path, answer.status_code)
    writing = await holding(registry, coordinator, "c@network.example", scopes=["coordinator"])
    assert (await registry.client.patch(address, json={"kind": "event"}, headers=writing)).status_code == 200
    await registry.client.delete(f"{API}/people/c@network.example/roles/coordinator", headers=officer)

    async def refused() -> bool:
        answer = await registry.client.patch(address, json={"kind": "news"}, headers=coordinator)
        return answer.status_code in (403, 404)

    await until(refused)
    assert (await registry.client.post(f"{address}/submit", headers=coordinator)).status_code in (403, 404)


async def test_whoever_has_a_token_ends_it(registry: Registry) -> None:
    reader = await registry.sign_in("reader@partner.example", "reader")
    other = await registry.sign_in("other@partner.example", "reader")
    made = (await mint(registry, reader, "reader@partner.example")).json()
    held = {"Authorization": f"Bearer {made['token']}"}
    assert (await registry.client.delete(f"{API}/tokens/{made['id']}", headers=other)).status_code == 404
    assert (await registry.client.get(ME, headers=held)).status_code == 200
    assert (await registry.client.delete(f"{API}/tokens/{made['id']}", headers=reader)).status_code == 204

    async def ended() -> bool:
        return (await registry.client.get(ME, headers=held)).status_code == 401

    await until(ended)

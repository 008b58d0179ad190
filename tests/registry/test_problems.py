"""Bad input: each kind has its problem code, and nothing of it is stored."""

from __future__ import annotations

import asyncio
import json

import pytest

from tests.registry.conftest import Registry

INITIATIVES = "/api/registry/v1/initiatives"
GOOD = {"slug": "harbour-lab", "title": {"en": "Harbour lab"}, "status": "running"}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({**GOOD, "heading": {}}, "invalid-input"),
        ({**GOOD, "title": {"english": "x"}}, "invalid-input"),
        ({**GOOD, "title": {"en": "  "}}, "invalid-input"),
        ({**GOOD, "dates": "sometime in spring"}, "invalid-input"),
        ({**GOOD, "dates": "2023/2022"}, "invalid-input"),
        ({**GOOD, "slug": "Harbour Lab"}, "invalid-input"),
        ({**GOOD, "status": "Stopped for now"}, "invalid-input"),
        ({**GOOD, "framework": [{"node": "so1", "degree": "huge"}]}, "invalid-input"),
        ([GOOD], "invalid-input"),
    ],
)
async def test_a_bad_record_is_refused_whole(registry: Registry, body: object, code: str) -> None:
    officer = await registry.sign_in("officer@secretariat.example", "officer")
    answer = await registry.client.post(INITIATIVES, json=body, headers=officer)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == code
    assert (await registry.client.get(INITIATIVES)).json()["items"] == []


async def test_requests_that_are_no_requests(registry: Registry) -> None:
    officer = await registry.sign_in("officer@secretariat.example", "officer")
    json_type = {**officer, "Content-Type": "application/json"}
    post = registry.client.post
    assert (await post(INITIATIVES, content=b"{", headers=json_type)).json()["code"] == "not-json"
    assert (await post(INITIATIVES, content=b"x" * 2_000_000, headers=json_type)).json()["code"] == "body-too-large"
    assert (await post(INITIATIVES, json=GOOD, headers={**officer, "X-Long": "x" * 40_000})).status_code == 431
    assert (await registry.client.get("/api/registry/v1/nothing")).json()["code"] == "not-found"
    assert (await registry.client.put(INITIATIVES)).json()["code"] == "method-not-allowed"
    for query in ("foo=1", "limit=0", "limit=x", "sort=size", "cursor=abc", "updated_since=yesterday"):
        answer = await registry.client.get(f"{INITIATIVES}?{query}")
        assert answer.status_code in (400, 422), query
        assert answer.json()["code"] in ("unknown-parameter", "invalid-input", "invalid-cursor")
    assert (await registry.client.get(f"{INITIATIVES}?updated_since=2020-01-01")).status_code == 410


@pytest.mark.parametrize("email", ["a@b.example\r\nBcc: c@d.example", "a b@c.example", "@c.example", "a@localhost", ""])
async def test_an_address_that_is_none_is_refused(registry: Registry, email: str) -> None:
    answer = await registry.client.post("/api/registry/v1/sign-in", json={"email": email})
    assert answer.json()["code"] == "invalid-input"


async def test_a_nul_in_an_address_or_a_body_is_refused(registry: Registry) -> None:
    officer = await registry.sign_in("officer@secretariat.example", "officer")
    for path in (f"{INITIATIVES}?slug=a%00b", f"{INITIATIVES}/a%00b"):
        answer = await registry.client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid-input"), path
    body = {**GOOD, "title": {"en": "a\0b"}}
    answer = await registry.client.post(INITIATIVES, json=body, headers=officer)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-input")


async def test_an_outdated_revision_changes_nothing(registry: Registry) -> None:
    officer = await registry.sign_in("officer@secretariat.example", "officer")
    made = await registry.client.post(INITIATIVES, json=GOOD, headers=officer)
    address, tag = f"{INITIATIVES}/harbour-lab", made.headers["etag"]
    first = await registry.client.patch(address, json={"status": "completed"}, headers={**officer, "If-Match": tag})
    assert first.status_code == 200
    second = await registry.client.patch(address, json={"status": "planned"}, headers={**officer, "If-Match": tag})
    assert (second.status_code, second.json()["code"]) == (412, "revision-outdated")
    assert (await registry.client.get(address)).json()["status"] == "completed"
    cached = await registry.client.get(address, headers={"If-None-Match": first.headers["etag"]})
    assert cached.status_code == 304


async def test_an_idempotency_key_has_one_effect(registry: Registry) -> None:
    officer = await registry.sign_in("officer@secretariat.example", "officer")
    headers = {**officer, "Idempotency-Key": "once"}
    answers = await asyncio.gather(*(registry.client.post(INITIATIVES, json=GOOD, headers=headers) for _ in range(20)))
    made = [a for a in answers if a.status_code == 201]
    assert made
    assert {a.json()["id"] for a in made} == {made[0].json()["id"]}
    assert {a.json()["code"] for a in answers if a.status_code != 201} <= {"idempotency-key-in-use"}
    other = await registry.client.post(INITIATIVES, json={**GOOD, "slug": "other"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    assert len((await registry.client.get(INITIATIVES)).json()["items"]) == 1


async def test_pages_hold_everything_once(registry: Registry) -> None:
    officer = await registry.sign_in("officer@secretariat.example", "officer")
    lines = "\n".join(f'{{"slug": "lab-{n}", "title": {{"en": "Lab {n}"}}, "status": "running"}}' for n in range(25))
    imported = await registry.client.post(f"{INITIATIVES}/import", content=lines, headers=officer)
    assert imported.json() == {"created": 25, "changed": 0, "unchanged": 0, "removed": 0}
    again = await registry.client.post(f"{INITIATIVES}/import", content=lines, headers=officer)
    assert again.json() == {"created": 0, "changed": 0, "unchanged": 25, "removed": 0}
    for sort in ("slug", "-slug", "updated", "-updated"):
        seen, address = [], f"{INITIATIVES}?limit=7&sort={sort}"
        while address:
            page = await registry.client.get(address)
            assert page.status_code == 200, page.text
            seen += [item["slug"] for item in page.json()["items"]]
            link = page.headers.get("link", "")
            address = link[1 : link.index(">")] if link else ""
        assert len(seen) == len(set(seen)) == 25


async def test_an_import_with_one_bad_line_imports_nothing(registry: Registry) -> None:
    officer = await registry.sign_in("officer@secretariat.example", "officer")
    lines = '{"slug": "lab", "title": {"en": "Lab"}, "status": "running"}\n{"slug": "bad"}\nnonsense'
    answer = await registry.client.post(f"{INITIATIVES}/import", content=lines, headers=officer)
    assert answer.status_code == 422
    assert [wrong["line"] for wrong in answer.json()["lines"]] == [2, 3]
    assert (await registry.client.get(INITIATIVES)).json()["items"] == []


async def test_a_renamed_record_redirects(registry: Registry) -> None:
    officer = await registry.sign_in("officer@secretariat.example", "officer")
    await registry.client.post(INITIATIVES, json=GOOD, headers=officer)
    renamed = json.dumps({**GOOD, "slug": "port-lab", "former_slugs": ["harbour-lab"]})
    await registry.client.post(f"{INITIATIVES}/import", content=renamed, headers=officer)
    moved = await registry.client.get(f"{INITIATIVES}/harbour-lab")
    assert (moved.status_code, moved.headers["location"]) == (308, f"{INITIATIVES}/port-lab")
    # It may get that slug back: a redirect that somebody kept would lead round in a circle.
    assert moved.headers["cache-control"] == "no-cache"


async def test_lists_by_a_record_follow_its_rename(registry: Registry) -> None:
    officer = await registry.sign_in("officer@secretariat.example", "officer")
    await registry.client.post(INITIATIVES, json=GOOD, headers=officer)
    child = {**GOOD, "slug": "child", "parent": "harbour-lab"}
    assert (await registry.client.post(INITIATIVES, json=child, headers=officer)).status_code == 201
    renamed = json.dumps({**GOOD, "slug": "port-lab", "former_slugs": ["harbour-lab"]})
    await registry.client.post(f"{INITIATIVES}/import", content=renamed, headers=officer)
    for parent, children in (("harbour-lab", ["child"]), ("port-lab", ["child"]), ("other-lab", [])):
        found = (await registry.client.get(f"{INITIATIVES}?parent={parent}")).json()["items"]
        assert [item["slug"] for item in found] == children, parent


async def test_no_slug_looks_like_the_id_of_a_record(registry: Registry) -> None:
    officer = await registry.sign_in("officer@secretariat.example", "officer")
    like = "01900000-0000-7000-8000-000000000001"
    for path, body in (
        (INITIATIVES, {**GOOD, "slug": like}),
        (f"{INITIATIVES}/import", {**GOOD, "former_slugs": [like]}),
    ):
        answer = await registry.client.post(
            path, content=json.dumps(body), headers={**officer, "Content-Type": "application/json"}
        )
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid-input"), path


async def test_two_creates_of_one_slug_at_once_make_one_record(registry: Registry) -> None:
    officer = await registry.sign_in("officer@secretariat.example", "officer")
    answers = await asyncio.gather(*(registry.client.post(INITIATIVES, json=GOOD, headers=officer) for _ in range(6)))
    assert sorted(a.status_code for a in answers) == [201, *[409] * 5]
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"slug-taken"}


@pytest.mark.parametrize("sort", ["approved", "-approved", "-updated"])
async def test_a_list_that_is_sorted_by_what_may_be_missing_is_whole(registry: Registry, sort: str) -> None:
    officer = await registry.sign_in("officer@secretariat.example", "officer")
    author = await registry.sign_in("author@secretariat.example", "officer")
    await registry.client.post(INITIATIVES, json=GOOD, headers=officer)
    about = {"type": "initiative", "slug": GOOD["slug"]}
    for number in range(7):
        body = {"about": about, "title": {"en": str(number)}, "text": {"en": "x"}}
        made = await registry.client.post("/api/registry/v1/updates", json=body, headers=author)
        for step, who in (("submit", author), ("approve", officer)) if number % 2 else ():
            done = await registry.client.post(f"/api/registry/v1/updates/{made.json()['id']}/{step}", headers=who)
            assert done.status_code == 200, done.text
    seen, address = [], f"/api/registry/v1/updates?limit=2&sort={sort}"
    while address:
        page = await registry.client.get(address, headers=officer)
        assert page.status_code == 200, page.text
        seen += [item["id"] for item in page.json()["items"]]
        link = page.headers.get("link", "")
        address = link[1 : link.index(">")] if link else ""
    assert len(seen) == len(set(seen)) == 7

"""Whatever a browser or a program sends, the website answers a page and not a failure of its own."""

from __future__ import annotations

import httpx2
import pytest

from aep_website.session import COOKIE
from tests.website.conftest import ORIGIN, Network


@pytest.mark.parametrize("value", ["a:b:" + "9" * 5000 + ":c", "a:b:²:c", "a:é:1:c", "a:b:1:é", "a:b:1:c d", "é"])
async def test_a_cookie_that_is_no_session_is_none(visitor: httpx2.AsyncClient, value: str) -> None:
    for name in (COOKIE, "aep_after"):
        answer = await visitor.get("/en/partners", headers={b"Cookie": f"{name}={value}".encode()})  # type: ignore[arg-type]
        assert answer.status_code == 200


async def test_a_form_that_is_none_of_ours_is_refused(visitor: httpx2.AsyncClient) -> None:
    headers = {"Origin": ORIGIN}
    many = await visitor.post("/en/subscriptions", data={f"f{n}": "x" for n in range(300)}, headers=headers)
    file = await visitor.post("/en/subscriptions", files={"f": ("a.txt", b"x")}, headers=headers)
    broken = await visitor.post(
        "/en/subscriptions", content=b"--x", headers={**headers, "Content-Type": "multipart/form-data"}
    )
    strange = await visitor.post(
        "/en/subscriptions",
        content=b"form_token=x",
        headers={**headers, "Content-Type": "multipart/form-data; boundary=b; charset=unicode_escape"},
    )
    assert [a.status_code for a in (many, file, broken, strange)] == [422, 422, 422, 422]
    nowhere = await visitor.post("/en/subscriptions", data={"email": "a@b.example"}, headers={"Referer": "http://["})
    assert nowhere.status_code == 403


async def test_the_part_of_an_address_stays_a_part(visitor: httpx2.AsyncClient, network: Network) -> None:
    await visitor.get("/en/updates/a%3Fstate=draft")
    assert all(not request.url.query or b"state" not in request.url.query for request in network.requests)
    assert (await visitor.get("/en/updates/%2E%2E")).status_code == 404


async def test_a_refusal_by_a_limit_is_a_page(visitor: httpx2.AsyncClient, network: Network) -> None:
    problem = {"status": 429, "code": "too-many-requests", "detail": "x"}
    network.says("GET", "/api/notifications/v1/lists", problem, 429)
    assert (await visitor.get("/en/subscriptions")).status_code == 429

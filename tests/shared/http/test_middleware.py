"""What wraps every request: limits of what comes in, headers of what goes out, one line in the log."""

from __future__ import annotations

import httpx2
import pytest
import structlog

from aep_shared.access.policy import PUBLIC, guarded_by
from aep_shared.web.middleware import transport_headers
from tests.shared.http.conftest import Small, as_


@pytest.fixture
async def client(small: Small) -> httpx2.AsyncClient:
    @small.router.get("/things/{name}", **guarded_by(PUBLIC))
    async def read(name: str) -> str:
        return name

    @small.router.post("/things", **guarded_by(PUBLIC))
    async def write(given: dict[str, str]) -> dict[str, str]:
        return given

    return small.client()


async def test_an_address_without_end_is_refused(client: httpx2.AsyncClient) -> None:
    for path in ("/things/" + "x" * 40_000, "/things/x?" + "y" * 40_000):
        answer = await client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (414, "address-too-long")


@pytest.mark.parametrize("length", ["²", "1" * 5000, "-1", "1_0"])
async def test_a_length_that_is_no_number_is_refused(client: httpx2.AsyncClient, length: str) -> None:
    headers = {b"content-length": length.encode("latin-1")}
    assert (await client.get("/things/x", headers=headers)).status_code == 400  # type: ignore[arg-type]


async def test_what_a_person_gets_is_kept_by_nobody(client: httpx2.AsyncClient) -> None:
    public = await client.get("/things/x")
    assert (public.headers["vary"], public.headers.get("cache-control")) == ("Authorization", None)
    answers = [
        await client.get("/things/x", headers=as_("alice")),
        await client.get("/things/x", headers=as_("nobody")),
        await client.post("/things", json={"a": "b"}),
        await client.post("/things", json=[]),
    ]
    assert [a.status_code for a in answers] == [200, 401, 200, 422]
    assert {(a.headers["vary"], a.headers["cache-control"]) for a in answers} == {("Authorization", "no-store")}


def test_browsers_are_told_to_stay_with_https_where_the_site_has_it() -> None:
    assert "max-age=63072000" in transport_headers("https://aep.example")["strict-transport-security"]
    assert transport_headers("http://aep.example") == {}


async def test_each_request_is_one_line_with_its_id_and_without_what_is_personal(client: httpx2.AsyncClient) -> None:
    with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as lines:
        answer = await client.get("/things/alice@reader.example?token=abc", headers=as_("alice"))
    [line] = [line for line in lines if line["event"] == "request"]
    assert line["request_id"] == answer.headers["x-request-id"]
    assert (line["method"], line["route"], line["status"]) == ("GET", "/things/{name}", 200)
    assert not any(word in str(line) for word in ("alice", "abc", "203.0.113"))


async def test_a_problem_repeats_nothing_long(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/things", json={f"{n}": n for n in range(5000)} | {"x" * 5000: 1})
    assert answer.status_code == 422
    assert len(answer.content) < 20_000
    assert len(answer.json()["errors"]) == 50

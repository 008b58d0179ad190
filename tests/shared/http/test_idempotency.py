"""A stored answer is given only to whom the policy lets through now, and a secret is never stored."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from aep_shared.access.actor import Actor
from aep_shared.access.policy import PUBLIC, guarded_by
from aep_shared.http.edge import CurrentActor
from tests.shared.http.conftest import Small, as_

KEY = {"Idempotency-Key": "1"}


def office(actor: Actor) -> bool:
    return actor.has("officer")


def about(actor: Actor, _slug: str) -> bool:
    return actor.has("officer", "editor")


@pytest.fixture
def counting(small: Small) -> Small:
    made: list[int] = []

    @small.router.post("/office", status_code=201, **guarded_by(office))
    async def act(actor: Actor = CurrentActor) -> int:
        actor.must(office)
        made.append(1)
        return len(made)

    @small.router.post("/about/{slug}", status_code=201, **guarded_by(about))
    async def write(slug: str, actor: Actor = CurrentActor) -> int:
        actor.must(about, slug)
        made.append(1)
        return len(made)

    @small.router.post("/secret", **guarded_by(office, secret=True))
    async def secret(actor: Actor = CurrentActor) -> str:
        actor.must(office)
        return "a secret"

    @small.router.post("/open", **guarded_by(PUBLIC))
    async def act_openly() -> str:
        return "done"

    return small


async def test_the_same_key_again_gets_the_stored_answer(counting: Small) -> None:
    async with counting.client() as client:
        answers = [await client.post("/office", headers=as_("alice") | KEY) for _ in range(2)]
        other = await client.post("/office", headers=as_("bob") | KEY)
    assert [a.json() for a in (*answers, other)] == [1, 1, 2]
    assert answers[1].headers["idempotency-replayed"] == "true"


async def test_a_key_is_bound_to_its_address(counting: Small) -> None:
    async with counting.client() as client:
        answers = [await client.post(f"/about/{slug}", headers=as_("alice") | KEY) for slug in ("a", "b", "a")]
    assert [a.json() for a in answers] == [1, 2, 1]


@pytest.mark.parametrize("path", ["/office", "/about/a"])
async def test_a_role_that_was_removed_counts_before_the_stored_answer(counting: Small, path: str) -> None:
    async with counting.client() as client:
        assert (await client.post(path, headers=as_("alice") | KEY)).status_code == 201
        assert (await client.post(path, headers=as_("alice", "reader") | KEY)).status_code == 403


@pytest.mark.parametrize("path", ["/office", "/about/a"])
async def test_a_token_with_a_narrow_scope_does_not_get_the_answer_of_a_wide_one(counting: Small, path: str) -> None:
    async with counting.client() as client:
        assert (await client.post(path, headers=as_("alice", "officer,reader") | KEY)).status_code == 201
        assert (await client.post(path, headers=as_("alice", "officer,reader", "reader") | KEY)).status_code == 403


async def test_strangers_have_no_keys(counting: Small) -> None:
    async with counting.client() as client:
        answer = await client.post("/open", headers=KEY)
        assert (answer.status_code, answer.json()["code"]) == (400, "idempotency-key-not-taken")
        assert (await client.post("/open")).status_code == 200


async def test_a_secret_is_not_stored(counting: Small) -> None:
    async with counting.client() as client:
        answer = await client.post("/secret", headers=as_("alice") | KEY)
        assert (answer.status_code, answer.json()["code"]) == (400, "idempotency-key-not-taken")
        assert (await client.post("/secret", headers=as_("alice"))).json() == "a secret"
    async with counting.database.reading() as session:
        assert await session.scalar(text("SELECT count(*) FROM idempotency_keys")) == 0

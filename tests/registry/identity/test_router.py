"""People, roles and tokens over HTTP: asked twice, written in another way, for another record, by another person."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from aep_registry.groups.register import GROUPS
from aep_registry.initiatives.register import INITIATIVES
from aep_registry.partners.register import PARTNERS
from tests.registering import imported
from tests.served import Served

LATER, LATEST = ((datetime.now(UTC) + timedelta(days=days)).isoformat() for days in (30, 60))


@pytest.fixture
async def office(standing: Served) -> Served:
    """With two initiatives, a partner and a group that roles may be for."""
    for slug in ("lab", "fair"):
        await imported(standing, INITIATIVES, {"slug": slug, "title": {"en": "Lab"}, "status": "running"})
    await imported(standing, PARTNERS, {"slug": "isle", "name": {"en": "Isle"}, "kind": "country"})
    await imported(standing, GROUPS, {"slug": "circle", "name": {"en": "Circle"}, "kind": "council"})
    return standing


async def invite(service: Served, email: str, role: str, who: str = "officer", **more: Any) -> httpx2.Response:
    return await service.call(who, "POST", "people", json={"email": email, "role": role, **more})


async def invited(service: Served, email: str, role: str, who: str = "officer", **more: Any) -> str:
    answer = await invite(service, email, role, who, **more)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def person(service: Served, email: str) -> dict[str, Any] | None:
    people = (await service.call("officer", "GET", "people")).raise_for_status().json()["items"]
    assert [one["email"] for one in people] == sorted(one["email"] for one in people)
    return next((one for one in people if one["email"] == email), None)


async def grants(service: Served, email: str) -> list[dict[str, Any]]:
    """The roles of somebody, without what they do not say."""
    found = await person(service, email)
    assert found is not None
    return [{name: value for name, value in grant.items() if value is not None} for grant in found["grants"]]


async def test_inviting_again_gives_one_person_one_role(office: Served) -> None:
    email = "twice@network.example"
    first = await invited(office, email, "editor", name="Ada Quill")
    again = await invited(office, "Twice@network.example", "editor", name="Another Name")
    assert first == again
    assert await grants(office, email) == [{"role": "editor"}]
    found = await person(office, email)
    assert found is not None
    # Who is known already keeps her name.
    assert (found["name"], found["kind"]) == ("Ada Quill", "person")


async def test_inviting_again_moves_the_end_also_to_none(office: Served) -> None:
    email = "ends@network.example"
    for until in (LATER, LATEST, None):
        await invited(office, email, "editor", until=until)
        (grant,) = await grants(office, email)
        moment = grant.get("until")
        assert (moment and datetime.fromisoformat(moment)) == (until and datetime.fromisoformat(until))


async def test_a_role_for_each_record_is_a_role_of_its_own(office: Served) -> None:
    email = "several@network.example"
    await invited(office, email, "coordinator", initiative="lab")
    await invited(office, email, "coordinator", initiative="fair", until=LATER)
    await invited(office, email, "coordinator", initiative="lab")
    await invited(office, email, "focal-point", partner="isle")
    await invited(office, email, "group-chair", group="circle")
    found = {(grant["role"], grant.get("initiative"), "until" in grant) for grant in await grants(office, email)}
    assert found == {
        ("coordinator", "lab", False),
        ("coordinator", "fair", True),
        ("focal-point", None, False),
        ("group-chair", None, False),
    }
    # A role is taken whole: for every record at once.
    assert (await office.call("officer", "DELETE", f"people/{email}/roles/coordinator")).status_code == 204
    assert {grant["role"] for grant in await grants(office, email)} == {"focal-point", "group-chair"}


async def test_a_record_beside_a_role_that_is_for_none_is_no_right(office: Served) -> None:
    email = "beside@network.example"
    await invited(office, email, "editor", initiative="lab")
    assert [grant["role"] for grant in await grants(office, email)] == ["editor"]


@pytest.mark.parametrize(("email", "role"), [("nobody@network.example", "editor"), ("known@network.example", "reader")])
async def test_a_role_that_nobody_has_is_not_taken(office: Served, email: str, role: str) -> None:
    await invited(office, "known@network.example", "editor")
    answer = await office.call("officer", "DELETE", f"people/{email}/roles/{role}")
    assert (answer.status_code, answer.json()["code"]) == (404, "no-such-person")
    assert await grants(office, "known@network.example") == [{"role": "editor"}]


async def test_who_has_lost_the_last_role_is_still_known(office: Served) -> None:
    email = "last@network.example"
    await invited(office, email, "operator", who="operator")
    assert (await office.call("officer", "DELETE", f"people/{email}/roles/operator")).status_code == 403
    assert (await office.call("operator", "DELETE", f"people/{email}/roles/operator")).status_code == 204
    assert await grants(office, email) == []
    assert (await office.call("operator", "DELETE", f"people/{email}/roles/operator")).status_code == 404


@pytest.mark.parametrize("method", ["end", "remove"])
async def test_somebody_who_is_not_there_is_neither_ended_nor_removed(office: Served, method: str) -> None:
    verb, path = ("POST", f"people/{uuid4()}/end") if method == "end" else ("DELETE", f"people/{uuid4()}")
    answer = await office.call("officer", verb, path)
    assert (answer.status_code, answer.json()["code"]) == (404, "no-such-person")


@pytest.mark.parametrize(
    ("role", "who", "status"),
    [
        ("officer", "officer", 204),
        ("officer", "deputy", 403),
        ("officer", "operator", 403),
        ("operator", "officer", 403),
        ("operator", "operator", 204),
        ("editor", "deputy", 204),
        ("editor", "editor", 403),
        ("editor", None, 401),
    ],
)
async def test_who_removes_a_person_with_this_role(office: Served, role: str, who: str | None, status: int) -> None:
    email = f"{role}-{who}@removed.example"
    subject = await invited(office, email, role, who="operator" if role == "operator" else "officer")
    assert (await office.call(who, "DELETE", f"people/{subject}")).status_code == status
    assert (await person(office, email) is None) is (status == 204)
    if status == 204:
        # The same address is somebody else from now on.
        assert await invited(office, email, "reader") != subject
        assert await grants(office, email) == [{"role": "reader"}]


async def test_a_program_is_one_from_the_beginning_and_a_person_never_becomes_one(office: Served) -> None:
    await invited(office, "bot@network.example", "api-client")
    await invited(office, "bot@network.example", "coordinator", initiative="lab")
    found = await person(office, "bot@network.example")
    assert found is not None
    assert found["kind"] == "program"
    for role, who in (("officer", "officer"), ("deputy", "officer"), ("operator", "operator")):
        refused = await invite(office, "bot@network.example", role, who, until=LATER)
        assert (refused.status_code, refused.json()["code"]) == (409, "program-in-office"), role
    await invited(office, "human@network.example", "reader")
    refused = await invite(office, "human@network.example", "api-client")
    assert (refused.status_code, refused.json()["code"]) == (409, "not-a-program")


@pytest.mark.parametrize("who", ["editor", "coordinator initiative=lab", "reader", "officer scopes=editor", None])
async def test_whoever_manages_nobody_sees_and_changes_nobody(office: Served, who: str | None) -> None:
    subject = await invited(office, "seen@network.example", "reader")
    status = 401 if who is None else 403
    assert (await office.call(who, "GET", "people")).status_code == status
    for verb, path, body in (
        ("POST", "people", {"email": "new@network.example", "role": "reader"}),
        ("POST", f"people/{subject}/end", None),
        ("DELETE", f"people/{subject}", None),
        ("DELETE", "people/seen@network.example/roles/reader", None),
        ("DELETE", "people/nobody@network.example/roles/reader", None),
    ):
        # Who is known is not told either: both addresses are answered alike.
        assert (await office.call(who, verb, path, json=body)).status_code == status, path
    assert await person(office, "new@network.example") is None


# Tokens.


async def program_token(service: Served, email: str, who: str = "officer", **more: Any) -> dict[str, Any]:
    await invited(service, email, "api-client", who="officer")
    given = {"email": email, "expires_days": 7, "scopes": ["editor"], **more}
    answer = await service.call(who, "POST", "tokens", json=given)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def tokens(service: Served, who: str) -> dict[str, dict[str, Any]]:
    items = (await service.call(who, "GET", "tokens")).raise_for_status().json()["items"]
    return {item["id"]: item for item in items}


async def test_a_token_is_listed_without_itself_until_and_after_it_is_ended(office: Served) -> None:
    made = await program_token(office, "lists@program.example")
    shown = (await tokens(office, "officer"))[made["id"]]
    assert (shown["email"], shown["scopes"], shown["revoked_at"]) == ("lists@program.example", ["editor"], None)
    assert made["token"] not in str(shown)
    ends = datetime.fromisoformat(made["expires_at"]) - datetime.fromisoformat(shown["created_at"])
    assert abs(ends - timedelta(days=7)) < timedelta(minutes=1)
    assert (await office.call("operator", "DELETE", f"tokens/{made['id']}")).status_code == 204
    first = (await tokens(office, "officer"))[made["id"]]["revoked_at"]
    assert first is not None
    # Ended once, it stays ended since then.
    assert (await office.call("officer", "DELETE", f"tokens/{made['id']}")).status_code == 204
    assert (await tokens(office, "officer"))[made["id"]]["revoked_at"] == first


async def test_nobody_lists_or_ends_the_token_of_another(office: Served) -> None:
    made = await program_token(office, "hidden@program.example")
    for who in ("editor", "reader", "officer scopes=reader"):
        assert await tokens(office, who) == {}
        refused = await office.call(who, "DELETE", f"tokens/{made['id']}")
        assert (refused.status_code, refused.json()["code"]) == (404, "no-such-token"), who
    assert (await tokens(office, "officer"))[made["id"]]["revoked_at"] is None
    assert (await office.call(None, "GET", "tokens")).status_code == 401
    assert (await office.call("officer", "DELETE", "tokens/never-made")).status_code == 404


async def test_ending_a_program_ends_its_tokens_and_a_removed_one_has_none(office: Served) -> None:
    made = await program_token(office, "ending@program.example")
    found = await person(office, "ending@program.example")
    assert found is not None
    assert (await office.call("deputy", "POST", f"people/{found['id']}/end")).status_code == 204
    assert (await tokens(office, "officer"))[made["id"]]["revoked_at"] is not None
    # It may get another one.
    assert (await program_token(office, "ending@program.example"))["id"] != made["id"]


@pytest.mark.parametrize("who", ["editor", "reader", "coordinator initiative=lab"])
async def test_only_whoever_manages_people_makes_tokens_of_programs(office: Served, who: str) -> None:
    await invited(office, "guarded@program.example", "api-client")
    for email in ("guarded@program.example", "nobody@program.example"):
        given = {"email": email, "expires_days": 1, "scopes": ["reader"]}
        refused = await office.call(who, "POST", "tokens", json=given)
        assert (refused.status_code, refused.json()["code"]) == (403, "token-of-another"), email
    given = {"email": "nobody@program.example", "expires_days": 1, "scopes": ["reader"]}
    told = await office.call("officer", "POST", "tokens", json=given)
    assert (told.status_code, told.json()["code"]) == (404, "no-such-person")


async def test_who_somebody_is_is_said_with_the_roles_that_count(office: Served) -> None:
    me = (await office.call("officer one", "GET", "me")).json()
    assert ([grant["role"] for grant in me["grants"]], me["scopes"]) == (["officer"], None)
    limited = (await office.call("officer one scopes=reader,editor", "GET", "me")).json()
    assert (limited["id"], limited["grants"], limited["scopes"]) == (me["id"], [], ["editor", "reader"])
    assert (await office.call(None, "GET", "me")).status_code == 401


async def test_the_keys_are_public_for_a_minute(office: Served) -> None:
    answer = await office.call(None, "GET", "keys")
    assert answer.headers["Cache-Control"] == "public, max-age=60"
    assert [set(key) for key in answer.json()["keys"]] == [{"kty", "crv", "x", "kid", "use", "alg"}]

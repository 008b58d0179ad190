"""Who may give which role to whom: never to oneself, and the office's and the operators' own roles by two people."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from aep_registry.identity.bootstrap import LOCAL_OPERATOR
from tests.registry.conftest import Registry
from tests.shared.statements import rows, run, values

PEOPLE = "/api/registry/v1/people"
LATER = (datetime.now(UTC) + timedelta(days=30)).isoformat()
OFFICER, DEPUTY, OPERATOR = (f"{role}@secretariat.example" for role in ("officer", "deputy", "operator"))


def invitation(email: str, role: str, **more: str) -> dict[str, str]:
    until = {"until": LATER} if role == "deputy" else {}
    return {"email": email, "role": role, **until, **more}


async def test_nobody_gives_a_role_to_oneself(registry: Registry) -> None:
    for email, role in ((OFFICER, "officer"), (DEPUTY, "deputy"), (OPERATOR, "operator")):
        headers = await registry.sign_in(email, role)
        for wanted in ("officer", "deputy", "operator", "editor", "reader"):
            answer = await registry.client.post(PEOPLE, json=invitation(email, wanted), headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (403, "own-role"), (role, wanted)


@pytest.mark.parametrize(
    ("giver", "given"),
    [
        ("officer", {"officer", "deputy", "editor", "reader"}),
        ("deputy", {"editor", "reader"}),
        ("operator", {"operator", "editor", "reader"}),
        ("editor", set()),
        ("reader", set()),
    ],
)
async def test_roles_of_the_office_and_of_operation_are_given_by_their_own(
    registry: Registry, giver: str, given: set[str]
) -> None:
    headers = await registry.sign_in(f"{giver}@secretariat.example", giver)
    for role in ("officer", "deputy", "operator", "editor", "reader"):
        body = invitation(f"new-{role}@secretariat.example", role)
        answer = await registry.client.post(PEOPLE, json=body, headers=headers)
        assert answer.status_code == (201 if role in given else 403), f"{giver} gives {role}: {answer.text}"


async def test_the_local_operator_makes_the_first_people_and_has_no_address(registry: Registry) -> None:
    local = await registry.sign_in(LOCAL_OPERATOR, "operator")
    for role in ("officer", "deputy", "operator"):
        answer = await registry.client.post(PEOPLE, json=invitation(f"{role}@first.example", role), headers=local)
        assert answer.status_code == 201, answer.text
    officer = await registry.sign_in(OFFICER, "officer")
    answer = await registry.client.post(PEOPLE, json=invitation(LOCAL_OPERATOR, "officer"), headers=officer)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-input")


async def test_a_role_is_taken_by_whoever_may_give_it_and_given_up_by_its_holder(registry: Registry) -> None:
    officer = await registry.sign_in(OFFICER, "officer")
    deputy = await registry.sign_in(DEPUTY, "deputy")
    address = f"{PEOPLE}/{OFFICER}/roles/officer"
    assert (await registry.client.delete(address, headers=deputy)).status_code == 403
    assert (await registry.client.delete(f"{PEOPLE}/{DEPUTY}/roles/deputy", headers=officer)).status_code == 204
    assert (await registry.client.delete(address, headers=officer)).status_code == 204
    assert (await registry.client.get(PEOPLE, headers=officer)).status_code == 403


async def test_a_deputy_needs_an_end_and_no_role_ends_in_the_past(registry: Registry) -> None:
    officer = await registry.sign_in(OFFICER, "officer")
    endless = {"email": DEPUTY, "role": "deputy"}
    for body in (
        endless,
        {**endless, "until": "2020-01-01T00:00:00Z"},
        {**endless, "until": "2099-01-01T00:00:00"},
        invitation("e@secretariat.example", "editor", until="2020-01-01T00:00:00Z"),
    ):
        answer = await registry.client.post(PEOPLE, json=body, headers=officer)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid-input"), body
    assert (await registry.client.post(PEOPLE, json={**endless, "until": LATER}, headers=officer)).status_code == 201
    # Inviting again moves the end.
    longer = (datetime.now(UTC) + timedelta(days=60)).isoformat()
    await registry.client.post(PEOPLE, json={**endless, "until": longer}, headers=officer)
    stored = await values(registry.platform.database, "SELECT until FROM grants WHERE role = 'deputy'")
    assert stored == [datetime.fromisoformat(longer)]


async def test_a_role_is_one_of_a_record_that_exists(registry: Registry) -> None:
    officer = await registry.sign_in(OFFICER, "officer")
    body = invitation("c@network.example", "coordinator", initiative="harbour-lab")
    refused = await registry.client.post(PEOPLE, json=body, headers=officer)
    assert (refused.status_code, refused.json()["code"]) == (422, "no-such-record")
    assert await rows(registry.platform.database, "SELECT * FROM subjects WHERE email = 'c@network.example'") == []
    lab = {"slug": "harbour-lab", "title": {"en": "Harbour lab"}, "status": "running"}
    await registry.client.post("/api/registry/v1/initiatives", json=lab, headers=officer)
    assert (await registry.client.post(PEOPLE, json=body, headers=officer)).status_code == 201


async def test_a_program_gets_no_role_of_the_office_and_a_person_is_no_program(registry: Registry) -> None:
    officer = await registry.sign_in(OFFICER, "officer")
    program = invitation("bot@network.example", "api-client")
    assert (await registry.client.post(PEOPLE, json=program, headers=officer)).status_code == 201
    for role in ("officer", "deputy"):
        answer = await registry.client.post(PEOPLE, json=invitation("bot@network.example", role), headers=officer)
        assert (answer.status_code, answer.json()["code"]) == (409, "program-in-office"), role
    await registry.client.post(PEOPLE, json=invitation("e@secretariat.example", "editor"), headers=officer)
    answer = await registry.client.post(PEOPLE, json=invitation("e@secretariat.example", "api-client"), headers=officer)
    assert (answer.status_code, answer.json()["code"]) == (409, "not-a-program")
    listed = (await registry.client.get(PEOPLE, headers=officer)).json()["items"]
    assert {item["email"]: item["kind"] for item in listed}["bot@network.example"] == "program"


@pytest.mark.parametrize(
    ("role", "record"), [("coordinator", "initiative"), ("focal-point", "partner"), ("group-chair", "group")]
)
async def test_nobody_is_invited_for_a_record_that_does_not_exist(registry: Registry, role: str, record: str) -> None:
    operator = await registry.sign_in("operator@secretariat.example", "operator")
    invitation = {"email": "c@network.example", "role": role, record: "no-such-thing"}
    answer = await registry.client.post(PEOPLE, json=invitation, headers=operator)
    assert (answer.status_code, answer.json()["code"]) == (422, "no-such-record")
    people = (await registry.client.get(PEOPLE, headers=operator)).json()["items"]
    assert "c@network.example" not in {person["email"] for person in people}


@pytest.mark.parametrize("until", ["9999-12-31T23:59:59-23:59", "9999-12-31T23:59:59Z"])
async def test_a_role_may_end_at_the_end_of_time_and_not_behind_it(registry: Registry, until: str) -> None:
    officer = await registry.sign_in("officer@secretariat.example", "officer")
    invitation = {"email": "d@ministry.example", "role": "deputy", "until": until}
    answer = await registry.client.post(PEOPLE, json=invitation, headers=officer)
    assert answer.status_code == (201 if until.endswith("Z") else 422), answer.text


@pytest.mark.parametrize("address", ["ΝΙΚΟΣ@ministry.example", "İsmail@ministry.example"])
async def test_small_and_capital_letters_are_those_of_the_database(registry: Registry, address: str) -> None:
    """It has an index on them, and folds some letters in another way than Python."""
    officer = await registry.sign_in(OFFICER, "officer")
    for _ in range(2):
        answer = await registry.client.post(PEOPLE, json=invitation(address, "editor"), headers=officer)
        assert answer.status_code == 201, answer.text
    taken = await registry.client.delete(f"{PEOPLE}/{address}/roles/editor", headers=officer)
    assert taken.status_code == 204
    await run(
        registry.platform.database, "INSERT INTO mails (recipient, subject, text) VALUES (:e, 's', 't')", e=address
    )
    removed = await registry.client.delete(f"{PEOPLE}/{answer.json()['id']}", headers=officer)
    assert removed.status_code == 204
    assert await values(registry.platform.database, "SELECT recipient FROM mails WHERE recipient = :e", e=address) == []

"""Issues over HTTP: who sees and does what in which state, in which order updates stand, and what is refused."""

from __future__ import annotations

import itertools
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from tests.notifications.newsletters import approved, reader, withdraw
from tests.served import Served
from tests.shared.statements import run

EDITOR, OFFICER, DEPUTY = "editor", "officer", "deputy"
STATES: dict[str, tuple[tuple[str, str], ...]] = {
    "draft": (),
    "approved": ((OFFICER, "approve"),),
    "sending": ((OFFICER, "approve"), (OFFICER, "send")),
    "stopped": ((OFFICER, "approve"), (OFFICER, "send"), (DEPUTY, "stop")),
}


@pytest.fixture
async def office(standing: Served) -> Served:
    """Nothing of the test before is left."""
    for table in ("deliveries", "issue_items", "issues", "subscribers", "replicas"):
        await run(standing.platform.database, f"DELETE FROM {table}")
    return standing


async def new(service: Served, *titles: str, who: str = EDITOR, **given: Any) -> dict[str, Any]:
    """A new issue with updates of these titles."""
    for number, title in enumerate(titles, 1):
        await approved(service.platform.database, title, f"2026-02-{number:02}T00:00:00Z")
    answer = await service.call(who, "POST", "issues", json=given)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def in_state(service: Served, state: str, *titles: str) -> str:
    issue = str((await new(service, *(titles or ("one",))))["id"])
    for who, action in STATES[state]:
        done = await does(service, who, action, issue)
        assert done.is_success, done.text
    return issue


async def does(service: Served, who: str | None, action: str, issue: str, **headers: str) -> httpx2.Response:
    path, body = f"issues/{issue}", {"title": {"en": f"Changed by {who}"}}
    match action:
        case "edit":
            return await service.call(who, "PATCH", path, json=body, headers=headers)
        case "delete":
            return await service.call(who, "DELETE", path, headers=headers)
        case _:
            return await service.call(who, "POST", f"{path}/{action}", headers=headers)


async def shown(service: Served, issue: str, who: str | None = OFFICER) -> dict[str, Any]:
    found: dict[str, Any] = (await service.call(who, "GET", f"issues/{issue}")).raise_for_status().json()
    return found


def titles(issue: dict[str, Any], part: str = "items") -> list[str]:
    return [item["title"].get("en", "") for item in issue[part]]


# Who, in which state.

OFFICE = {OFFICER, DEPUTY}
MAY: dict[str, dict[str, set[str]]] = {
    "edit": {"draft": OFFICE | {EDITOR}, "approved": OFFICE | {EDITOR}},
    "delete": {"draft": OFFICE | {EDITOR}, "approved": OFFICE | {EDITOR}},
    "approve": {"draft": OFFICE},
    "send": {"approved": OFFICE},
    "stop": {"sending": OFFICE},
}
BECOMES = {"edit": "draft", "approve": "approved", "send": "sending", "stop": "stopped"}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("action", MAY)
async def test_who_may_do_it_in_this_state(office: Served, action: str, state: str) -> None:
    may = MAY[action].get(state, set())
    for who in (None, "reader", "coordinator", "operator", f"{OFFICER} scopes=reader", EDITOR, OFFICER, DEPUTY):
        issue = await in_state(office, state, f"for {who}")
        answer = await does(office, who, action, issue)
        if who in may:
            assert answer.is_success, (who, answer.text)
            assert action == "delete" or answer.json()["state"] == BECOMES[action]
        else:
            assert answer.status_code in ({401} if who is None else {403, 409}), (who, answer.text)
            assert (await shown(office, issue))["state"] == state
            if who in OFFICE:
                assert answer.json()["code"] == "issue-state"


@pytest.mark.parametrize("state", STATES)
async def test_who_sees_an_issue_in_this_state(office: Served, state: str) -> None:
    issue = await in_state(office, state)
    for who in (None, "reader", "operator", EDITOR, OFFICER):
        insider, public = who in (EDITOR, OFFICER), state == "sending"
        answer = await office.call(who, "GET", f"issues/{issue}")
        listed = (await office.call(who, "GET", "issues")).json()["items"]
        assert answer.status_code == (200 if insider or public else 404), who
        assert [one["id"] for one in listed] == ([issue] if insider or public else []), who
        if answer.status_code == 200:
            for one in (answer.json(), *listed):
                assert {"revision", "content_by", "deliveries", "in_doubt"} <= set(one) or not insider
                assert insider or not {"revision", "content_by", "deliveries", "in_doubt", "waiting"} & set(one)


@pytest.mark.parametrize("action", ["edit", "approve", "send", "stop", "delete"])
async def test_what_was_changed_meanwhile_is_refused(office: Served, action: str) -> None:
    state = {"send": "approved", "stop": "sending"}.get(action, "draft")
    issue = await in_state(office, state)
    now = (await office.call(OFFICER, "GET", f"issues/{issue}")).headers["ETag"]
    for tag, status in (('"999"', 412), ("nonsense", 422)):
        answer = await does(office, OFFICER, action, issue, **{"If-Match": tag})
        assert answer.status_code == status
    assert (await does(office, OFFICER, action, issue, **{"If-Match": now})).is_success


@pytest.mark.parametrize("action", [*MAY, "read", "preview"])
async def test_an_issue_that_is_not_there_is_not_found(office: Served, action: str) -> None:
    issue = str(uuid4())
    if action in MAY:
        answer = await does(office, OFFICER, action, issue)
    else:
        answer = await office.call(OFFICER, "GET", f"issues/{issue}" + ("/preview" if action == "preview" else ""))
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


# What is in it.


async def test_updates_stand_in_the_order_in_which_they_were_approved(office: Served) -> None:
    moments = [f"2026-02-0{day}T0{hour}:00:00Z" for day, hour in itertools.product((1, 2, 3), (1, 2))]
    # Whatever their ids and words are.
    for number, moment in enumerate(moments):
        await approved(
            office.platform.database, f"number {number}", moment, id=f"{9 - number}0000000-{str(uuid4())[9:]}"
        )
    made = await new(office)
    assert titles(made) == [f"number {number}" for number in range(6)]
    assert [item["position"] for item in made["items"]] == list(range(6))


async def test_what_waits_stands_in_the_same_order(office: Served) -> None:
    issue = await in_state(office, "draft", "first")
    for number, day in enumerate((5, 4, 3)):
        key = f"{number}0000000-{str(uuid4())[9:]}"
        await approved(office.platform.database, f"day {day}", f"2026-03-0{day}T00:00:00Z", id=key)
    assert titles(await shown(office, issue), "waiting") == ["day 3", "day 4", "day 5"]


async def test_an_issue_holds_what_its_list_is_about(office: Served) -> None:
    database = office.platform.database
    await approved(database, "about a meeting", about={"type": "meeting", "slug": "som"})
    await approved(database, "about an initiative")
    assert titles(await new(office, list="initiatives")) == ["about an initiative"]
    assert sorted(titles(await new(office, list="newsletter"))) == ["about a meeting", "about an initiative"]


async def test_each_frequency_has_issues_of_its_own(office: Served) -> None:
    first = await new(office, "one", frequency="weekly")
    second = await new(office, "two", frequency="monthly")
    assert (titles(first), sorted(titles(second))) == (["one"], ["one", "two"])
    again = await office.call(EDITOR, "POST", "issues", json={"frequency": "monthly"})
    assert (again.status_code, again.json()["code"]) == (409, "issue-empty")


async def test_an_issue_has_a_title_where_none_is_given(office: Served) -> None:
    made = await new(office, "one")
    assert (made["title"], made["introduction"]) == ({"en": "News of the process"}, {})
    assert (made["list"], made["frequency"], made["state"]) == ("newsletter", "monthly", "draft")
    assert (made["sent_at"], made["deliveries"], made["in_doubt"], made["waiting"]) == (None, {}, [], [])


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"list": "nonsense"}, "list-unknown"),
        ({"list": "No Slug"}, "invalid-input"),
        ({"frequency": "daily"}, "invalid-input"),
        ({"title": {}}, "invalid-input"),
        ({"state": "sent"}, "invalid-input"),
        ({}, "issue-empty"),
    ],
)
async def test_an_issue_that_cannot_be_made_is_refused(office: Served, given: dict[str, Any], code: str) -> None:
    answer = await office.call(EDITOR, "POST", "issues", json=given)
    assert answer.json()["code"] == code
    assert (await office.call(OFFICER, "GET", "issues")).json()["items"] == []


async def test_items_are_rearranged_left_out_and_taken_in(office: Served) -> None:
    made = await new(office, "a", "b", "c")
    a, b, c = (item["id"] for item in made["items"])
    for wanted, expected, waits in (
        ([c, a, b], "cab", ""),
        ([b], "b", "ac"),
        ([a, b], "ab", "c"),
        ([c, b, a], "cba", ""),
    ):
        answer = await office.call(EDITOR, "PATCH", f"issues/{made['id']}", json={"items": wanted})
        assert "".join(titles(answer.json())) == expected
        assert "".join(titles(answer.json(), "waiting")) == waits
        assert [item["position"] for item in answer.json()["items"]] == list(range(len(wanted)))


@pytest.mark.parametrize(
    "change", [{"items": []}, {"items": None}, {"title": None}, {"introduction": None}, {"items": "all"}, {"list": "x"}]
)
async def test_a_change_that_is_none_is_refused(office: Served, change: dict[str, Any]) -> None:
    made = await new(office, "a")
    answer = await office.call(EDITOR, "PATCH", f"issues/{made['id']}", json=change)
    if change == {"items": None}:
        # To say nothing of the items is to leave them as they are.
        assert (answer.status_code, answer.json()["revision"]) == (200, made["revision"])
    else:
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid-input")
        assert await shown(office, made["id"]) == made


async def test_what_is_withdrawn_keeps_its_place_until_somebody_arranges_the_issue(office: Served) -> None:
    made = await new(office, "a", "b", "c")
    a, b, c = (item["id"] for item in made["items"])
    await withdraw(office.platform.database, b)
    items = (await shown(office, made["id"]))["items"]
    assert items[1] == {"id": b, "position": 1, "withdrawn": True, "title": {}, "text": {}}
    assert [item["title"] for item in items] == [{"en": "a"}, {}, {"en": "c"}]
    answer = await office.call(EDITOR, "PATCH", f"issues/{made['id']}", json={"items": [c, a]})
    assert titles(answer.json()) == ["c", "a"]


async def test_a_stopped_issue_gives_its_updates_back(office: Served) -> None:
    await reader(office.platform.database)
    issue = await in_state(office, "sending", "a", "b")
    assert (await shown(office, issue))["deliveries"] == {"queued": 1}
    assert (await does(office, DEPUTY, "stop", issue)).json()["items"] == []
    assert (await shown(office, issue))["deliveries"] == {"dropped": 1}
    assert titles(await new(office)) == ["a", "b"]


async def test_a_second_person_approves(office: Served) -> None:
    made = await new(office, "a", who=OFFICER)
    refused = await does(office, OFFICER, "approve", made["id"])
    assert (refused.status_code, refused.json()["code"]) == (409, "second-person-needed")
    assert (await does(office, DEPUTY, "approve", made["id"])).status_code == 200
    assert (await does(office, OFFICER, "send", made["id"])).status_code == 202

"""Updates over HTTP: who sees which in which state, who may do what, and how they move from state to state."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from aep_shared.access.actor import Actor
from tests.registry.updates.conftest import UPDATE, UPDATES, V1, People
from tests.shared.flowing import until

SUBMIT, APPROVE, DISCARD = ("author", "submit"), ("second", "approve"), ("author", "withdraw")
STATES: dict[str, tuple[tuple[str, str], ...]] = {
    "draft": (),
    "submitted": (SUBMIT,),
    "returned": (SUBMIT, ("first", "return")),
    "approved": (SUBMIT, APPROVE),
    "withdrawn": (SUBMIT, APPROVE, ("first", "withdraw")),
    "discarded": (DISCARD,),
}
PRIVATE = {"note", "author", "content_by", "discarded", "revision"}


async def test_who_sees_which_update_in_which_state(people: People) -> None:
    for state, steps in STATES.items():
        update = await people.new(*steps)
        for who in ("author", "colleague", "stranger", "first", "editor", "nobody"):
            privileged = who in ("author", "first", "editor")
            answer = await people.get(who, f"/{update}")
            assert answer.status_code == (200 if privileged or state == "approved" else 404), (state, who)
            listed = {item["id"]: item for item in (await people.get(who, "?state=withdrawn")).json()["items"]}
            if state == "discarded":
                assert (update in listed) is (who in ("author", "first")), who
            if state == "withdrawn" and not privileged:
                assert set(listed[update]) == {"id", "deleted_at"}, who
            if answer.status_code == 200:
                assert (set(answer.json()) >= PRIVATE) is privileged, (state, who)
                assert bool(set(answer.json()) & PRIVATE) is privileged, (state, who)


ALLOWED = {
    "submit": {("author", "draft"), ("author", "returned"), ("first", "draft"), ("first", "returned")},
    "take-back": {("author", "submitted")},
    "return": {("first", "submitted")},
    "approve": {("first", "submitted")},
    "withdraw": {(who, state) for who in ("author", "first") for state in ("draft", "submitted", "returned")}
    | {("first", "approved")},
    "restore": {("author", "discarded"), ("first", "discarded")},
}


@pytest.mark.parametrize("action", ALLOWED)
async def test_who_may_do_what_in_which_state(people: People, action: str) -> None:
    for state, steps in STATES.items():
        update = await people.new(*steps)
        for who in ("nobody", "stranger", "colleague"):
            refused = await people.does(who, action, update)
            # What only the office does is refused to others before anybody looks which update is meant.
            hidden = state != "approved" and action not in ("return", "approve")
            expected = 401 if who == "nobody" else 404 if hidden else 403
            assert refused.status_code == expected, (state, who, refused.text)
        for who in ("author", "first"):
            update = await people.new(*steps)
            answer = await people.does(who, action, update)
            if (who, state) in ALLOWED[action]:
                assert answer.status_code == 200, (state, who, answer.text)
            else:
                assert answer.json()["code"] in ("not-allowed", "update-state"), (state, who)
                kept = (await people.get("first", f"/{update}")).json()["state"]
                assert kept == ("withdrawn" if state == "discarded" else state)


async def test_what_was_taken_back_or_brought_back_is_a_draft(people: People) -> None:
    for steps, action in (((SUBMIT,), "take-back"), ((DISCARD,), "restore"), ((SUBMIT, DISCARD), "restore")):
        update = await people.new(*steps)
        answer = await people.does("author", action, update)
        assert (answer.json()["state"], answer.json()["discarded"]) == ("draft", False)
        assert (await people.changes("author", update, text={"en": "More"})).status_code == 200
        assert (await people.does("author", "submit", update)).status_code == 200


async def test_whoever_changed_the_text_or_handed_it_in_does_not_approve_it(people: People) -> None:
    update = await people.new()
    assert (await people.changes("first", update, text={"en": "Words of the office"})).status_code == 200
    await people.does("author", "submit", update)
    refused = await people.does("first", "approve", update)
    assert (refused.status_code, refused.json()["code"]) == (409, "own-update")
    assert (await people.does("second", "approve", update)).status_code == 200
    handed_in = await people.new(("first", "submit"))
    assert (await people.does("first", "approve", handed_in)).json()["code"] == "own-update"
    shown = (await people.get("second", f"/{handed_in}")).json()
    me = (await people.registry.client.get(f"{V1}/me", headers=people.headers["first"])).json()["id"]
    assert shown["content_by"] == [shown["author"], me]


async def test_whoever_made_the_token_of_a_program_does_not_approve_its_words(people: People) -> None:
    client = people.registry.client
    for role in ({"role": "api-client"}, {"role": "coordinator", "initiative": "harbour-lab"}):
        given = {"email": "bot@network.example", **role}
        assert (await client.post(f"{V1}/people", json=given, headers=people.headers["first"])).status_code == 201
    given = {"email": "bot@network.example", "expires_days": 1, "scopes": ["coordinator"]}
    made = await client.post(f"{V1}/tokens", json=given, headers=people.headers["first"])
    people.headers["program"] = {"Authorization": f"Bearer {made.json()['token']}"}
    update = await people.new(("program", "submit"), by="program")
    assert (await people.does("first", "approve", update)).json()["code"] == "own-update"
    for action in ("take-back", "submit"):
        assert (await people.does("program", action, update)).status_code == 200
    assert (await people.does("first", "approve", update)).json()["code"] == "own-update"
    assert (await people.does("second", "approve", update)).status_code == 200


async def test_an_author_of_the_office_does_not_approve_her_own(people: People) -> None:
    update = await people.new(("first", "submit"), by="first")
    assert (await people.does("first", "approve", update)).json()["code"] == "own-update"


async def test_a_returned_text_is_its_authors_again(people: People) -> None:
    """What counts is who changed the text since it was last with the office."""
    update = await people.new()
    await people.changes("first", update, text={"en": "Words of the office"})
    for who, action in (SUBMIT, ("second", "return"), SUBMIT):
        assert (await people.does(who, action, update)).status_code == 200
    assert (await people.does("first", "approve", update)).status_code == 200


async def test_discarding_and_bringing_back_forgets_no_editor(people: People) -> None:
    update = await people.new()
    await people.changes("first", update, text={"en": "Words of the office"})
    for who, action in (("first", "withdraw"), ("first", "restore"), SUBMIT):
        assert (await people.does(who, action, update)).status_code == 200
    assert (await people.does("first", "approve", update)).json()["code"] == "own-update"


async def test_a_role_that_ended_ends_its_drafts_too(people: People) -> None:
    update = await people.new()
    address = f"{V1}/people/author@network.example/roles/coordinator"
    removed = await people.registry.client.delete(address, headers=people.headers["first"])
    assert removed.status_code == 204

    async def refused() -> bool:
        return (await people.changes("author", update, text={"en": "C"})).status_code == 403

    await until(refused)
    for action in ("submit", "withdraw"):
        assert (await people.does("author", action, update)).status_code == 403
    # What she wrote she can still read.
    assert (await people.get("author", f"/{update}")).status_code == 200
    assert [item["id"] for item in (await people.get("author")).json()["items"]] == [update]


@pytest.mark.parametrize(("scopes", "count"), [((), 0), (("reader",), 0), (("coordinator",), 1)])
async def test_a_limited_token_lists_and_reads_what_it_may_write(
    people: People, monkeypatch: pytest.MonkeyPatch, scopes: tuple[str, ...], count: int
) -> None:
    update = await people.new()
    authenticator = people.registry.platform.authenticator
    whole = authenticator.actor

    async def limited(header: str | None) -> Actor:
        actor = await whole(header)
        actor.scopes = frozenset(scopes)
        return actor

    monkeypatch.setattr(authenticator, "actor", limited)
    assert len((await people.get("author")).json()["items"]) == count
    assert (await people.get("author", f"/{update}")).status_code == (200 if count else 404)


@pytest.mark.parametrize(
    "about", [{"type": t, "slug": "nowhere"} for t in ("initiative", "partner", "group", "organisation")]
)
async def test_nothing_is_written_about_what_does_not_exist(people: People, about: dict[str, str]) -> None:
    post = people.registry.client.post
    answer = await post(UPDATES, json={**UPDATE, "about": about}, headers=people.headers["first"])
    assert (answer.status_code, answer.json()["code"]) == (422, "no-such-record")
    assert (await post(UPDATES, json={**UPDATE, "about": about}, headers=people.headers["author"])).status_code == 403
    assert (await people.get("first")).json()["items"] == []


async def test_a_conflict_changes_nothing_and_says_so(people: People) -> None:
    update = await people.new()
    revision = (await people.changes("author", update, text={"en": "One"})).json()["revision"]
    late = await people.changes("first", update, revision - 1, text={"en": "Two"})
    assert (late.status_code, late.json()["code"]) == (412, "revision-outdated")
    assert (await people.get("author", f"/{update}")).json()["text"] == {"en": "One"}


async def test_the_list_of_ones_own_updates_holds_them_all_and_nothing_else(people: People) -> None:
    own = {await people.new(), await people.new(SUBMIT, APPROVE), await people.new(DISCARD)}
    await people.new(by="first")
    await people.new(("first", "submit"), APPROVE, by="first")
    listed = [
        item["id"]
        for query in ("?author=me", "?author=me&state=withdrawn")
        for item in (await people.get("author", query)).json()["items"]
    ]
    assert sorted(listed) == sorted(own)
    assert (await people.get("stranger", "?author=me")).json()["items"] == []


async def test_only_ones_own_updates_are_listed_by_their_author(people: People) -> None:
    assert (await people.get("nobody", "?author=me")).status_code == 401
    refused = await people.get("first", "?author=00000000-0000-0000-0000-000000000000")
    assert (refused.status_code, refused.json()["detail"]) == (422, "author is me, for the updates of whoever asks")


async def test_whoever_follows_the_approved_updates_learns_which_were_withdrawn(people: People) -> None:
    kept = await people.new(SUBMIT, APPROVE)
    withdrawn = await people.new(SUBMIT, APPROVE, ("first", "withdraw"))
    await people.new(SUBMIT)
    await people.new(DISCARD)
    since = (datetime.now(UTC) - timedelta(minutes=5)).isoformat()
    for who in ("nobody", "first"):
        found = await people.registry.client.get(
            UPDATES, params={"state": "approved", "updated_since": since}, headers=people.headers[who]
        )
        items = {item["id"]: "deleted_at" in item or item["state"] == "withdrawn" for item in found.json()["items"]}
        assert items == {kept: False, withdrawn: True}, who

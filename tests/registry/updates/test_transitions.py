"""What each person may do with an update in each state, and what a text may be."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from aep_registry.groups.register import GROUPS
from aep_registry.initiatives.register import INITIATIVES
from aep_registry.organisations.register import ORGANISATIONS
from aep_registry.partners.register import PARTNERS
from tests.registering import imported
from tests.registry.updates.test_lists import AUTHOR, COLLEAGUE, EDITOR, FIRST, LAB, SECOND, STEPS, STRANGER, written
from tests.served import Served

LIMITED = f"{AUTHOR} scopes=reader"
WRITING = f"{AUTHOR} scopes=coordinator"
BODIES = {"return": {"note": "More, please."}}
EDITABLE = {"draft", "returned"}
UNDER_WAY = EDITABLE | {"submitted"}


def _each(people: tuple[str, ...], states: set[str]) -> dict[str, set[str]]:
    return dict.fromkeys(people, states)


MAY: dict[str, dict[str, set[str]]] = {
    "submit": _each((AUTHOR, WRITING, EDITOR, FIRST, "deputy"), EDITABLE),
    "take-back": _each((AUTHOR, WRITING), {"submitted"}),
    "return": _each((FIRST, "deputy"), {"submitted"}),
    "approve": _each((FIRST, "deputy"), {"submitted"}),
    "withdraw": {
        **_each((AUTHOR, WRITING, EDITOR), UNDER_WAY),
        **_each((FIRST, "deputy"), UNDER_WAY | {"approved"}),
    },
    "restore": _each((AUTHOR, WRITING, EDITOR, FIRST, "deputy"), {"discarded"}),
}
BECOMES = {
    **{"submit": "submitted", "take-back": "draft", "return": "returned"},
    **{"approve": "approved", "withdraw": "withdrawn", "restore": "draft"},
}
PEOPLE = (AUTHOR, WRITING, LIMITED, COLLEAGUE, STRANGER, EDITOR, FIRST, "deputy", "operator", "reader", None)


@pytest.fixture
async def lab(standing: Served) -> Served:
    for slug in ("lab", "other"):
        await imported(standing, INITIATIVES, {**LAB, "slug": slug})
    return standing


@pytest.mark.parametrize("state", STEPS)
@pytest.mark.parametrize("action", MAY)
async def test_who_may_do_it_in_this_state(lab: Served, action: str, state: str) -> None:
    """Each refusal leaves the update as it was, so one is enough for all who may not."""
    update = await written(lab, *STEPS[state])
    before = (await lab.call(FIRST, "GET", f"updates/{update}")).json()
    may = [who for who in PEOPLE if who and state in MAY[action].get(who, ())]
    for who in PEOPLE:
        if who not in may:
            refused = await lab.call(who, "POST", f"updates/{update}/{action}", json=BODIES.get(action))
            assert refused.status_code in ({401} if who is None else {403, 404, 409}), who
    assert (await lab.call(FIRST, "GET", f"updates/{update}")).json() == before
    for who in may:
        one = await written(lab, *STEPS[state])
        done = await lab.call(who, "POST", f"updates/{one}/{action}", json=BODIES.get(action))
        assert done.status_code == 200, (who, done.text)
        assert done.json()["state"] == BECOMES[action]
        assert done.headers["ETag"] != f'"{before["revision"]}"'


@pytest.mark.parametrize("state", STEPS)
async def test_who_changes_the_text_in_this_state(lab: Served, state: str) -> None:
    may = {AUTHOR, WRITING, EDITOR, FIRST, "deputy"} if state in EDITABLE else set()
    update = await written(lab, *STEPS[state])
    for number, who in enumerate(PEOPLE):
        answer = await lab.call(who, "PATCH", f"updates/{update}", json={"text": {"en": f"By {number}"}})
        assert (answer.status_code == 200) is (who in may), (who, answer.text)
        text = (await lab.call(FIRST, "GET", f"updates/{update}")).json()["text"]["en"]
        assert (text == f"By {number}") is (who in may)


async def test_an_update_that_was_approved_and_withdrawn_comes_back_for_nobody(lab: Served) -> None:
    update = await written(lab, *STEPS["withdrawn"])
    for who in (AUTHOR, FIRST):
        refused = await lab.call(who, "POST", f"updates/{update}/restore")
        assert (refused.status_code, refused.json()["code"]) == (409, "update-state")


@pytest.mark.parametrize("action", [*MAY, "change"])
async def test_what_was_changed_meanwhile_is_refused_and_named(lab: Served, action: str) -> None:
    state = {"restore": "discarded", "submit": "draft", "change": "draft"}.get(action, "submitted")
    update = await written(lab, *STEPS[state])
    revision = (await lab.call(FIRST, "GET", f"updates/{update}")).json()["revision"]
    who = AUTHOR if action in ("take-back", "submit", "restore", "change") else FIRST
    method, path = ("PATCH", "") if action == "change" else ("POST", f"/{action}")
    body = {"kind": "news"} if action == "change" else BODIES.get(action)
    for tag, status in ((f'"{revision - 1}"', 412), ("nonsense", 422), (f'"{revision}"', 200)):
        headers = {"If-Match": tag}
        answer = await lab.call(who, method, f"updates/{update}{path}", json=body, headers=headers)
        assert answer.status_code == status, answer.text


@pytest.mark.parametrize(
    "given",
    [
        {"title": {}},
        {"title": {"en": "a\nb"}},
        {"title": {"english": "A"}},
        {"text": {}},
        {"text": {"en": " "}},
        {"kind": "gossip"},
        {"links": ["ftp://files.example"]},
        {"links": ["https://a.example/"] * 101},
        {"mentions": [{"publication": "c", "ref": "1", "stance": "Denied it"}]},
        {"about": {"type": "weather", "slug": "lab"}},
        {"state": "approved"},
        {"author": str(uuid4())},
    ],
)
async def test_a_text_that_is_none_is_refused_when_it_is_new_and_when_it_changes(
    lab: Served, given: dict[str, Any]
) -> None:
    base = {"about": {"type": "initiative", "slug": "lab"}, "title": {"en": "A"}, "text": {"en": "B"}}
    refused = await lab.call(AUTHOR, "POST", "updates", json={**base, **given})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid-input")
    update = await written(lab)
    changed = await lab.call(AUTHOR, "PATCH", f"updates/{update}", json=given)
    assert (changed.status_code, changed.json()["code"]) == (422, "invalid-input")


@pytest.mark.parametrize("field", ["kind", "title", "text", "links", "mentions"])
async def test_a_field_is_changed_and_never_taken_away(lab: Served, field: str) -> None:
    mention = {"publication": "conclusions", "ref": "4", "stance": "carried-out"}
    values: dict[str, Any] = {
        "kind": "event",
        "title": {"fr": "Titre"},
        "text": {"fr": "Texte"},
        "links": ["https://a.example/"],
        "mentions": [mention],
    }
    update = await written(lab)
    before = (await lab.call(AUTHOR, "GET", f"updates/{update}")).json()
    changed = await lab.call(AUTHOR, "PATCH", f"updates/{update}", json={field: values[field]})
    differs = {name for name, value in changed.json().items() if before[name] != value}
    assert differs == {field, "revision", "updated_at"}
    refused = await lab.call(AUTHOR, "PATCH", f"updates/{update}", json={field: None})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid-input")


@pytest.mark.parametrize("note", [None, "", " \n ", "x" * 4001])
async def test_nothing_is_returned_without_saying_why(lab: Served, note: str | None) -> None:
    update = await written(lab, *STEPS["submitted"])
    refused = await lab.call(FIRST, "POST", f"updates/{update}/return", json={"note": note})
    assert refused.status_code == 422
    assert (await lab.call(FIRST, "GET", f"updates/{update}")).json()["state"] == "submitted"


@pytest.mark.parametrize("action", [*MAY, "read", "change"])
async def test_an_update_that_is_not_there_is_not_found(lab: Served, action: str) -> None:
    method = {"read": "GET", "change": "PATCH"}.get(action, "POST")
    path = f"updates/{uuid4()}" + (f"/{action}" if action in MAY else "")
    body = {"kind": "news"} if action == "change" else BODIES.get(action)
    answer = await lab.call(FIRST, method, path, json=body)
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


@pytest.mark.parametrize(
    ("who", "about_type"),
    [
        ("coordinator initiative=kept", "initiative"),
        ("focal-point partner=kept", "partner"),
        ("group-chair group=kept", "group"),
        ("group-member group=kept", "group"),
    ],
)
async def test_somebody_writes_about_what_she_answers_for_and_nothing_else(
    lab: Served, who: str, about_type: str
) -> None:
    named = {"slug": "kept", "name": {"en": "Kept"}}
    await imported(lab, INITIATIVES, {**LAB, "slug": "kept"})
    await imported(lab, PARTNERS, {**named, "kind": "country"})
    await imported(lab, GROUPS, {**named, "kind": "council"})
    await imported(lab, ORGANISATIONS, {**named, "kind": "stakeholder"})
    for kind in ("initiative", "partner", "group", "organisation", "meeting"):
        given = {"about": {"type": kind, "slug": "kept"}, "title": {"en": "A"}, "text": {"en": "B"}}
        answer = await lab.call(who, "POST", "updates", json=given)
        assert answer.status_code == (201 if kind == about_type else 403), kind
        assert (await lab.call("editor", "POST", "updates", json=given)).status_code == 201


async def test_a_role_that_is_over_writes_nothing(lab: Served) -> None:
    given = {"about": {"type": "initiative", "slug": "lab"}, "title": {"en": "A"}, "text": {"en": "B"}}
    over = f"{AUTHOR} until=2020-01-01T00:00:00Z"
    assert (await lab.call(over, "POST", "updates", json=given)).status_code == 403


@pytest.mark.parametrize("kind", ["partner", "group", "organisation", "initiative"])
async def test_what_was_removed_is_reported_about_no_more(lab: Served, kind: str) -> None:
    register = {"partner": PARTNERS, "group": GROUPS, "organisation": ORGANISATIONS, "initiative": INITIATIVES}[kind]
    record = {**LAB} if kind == "initiative" else {"name": {"en": "Gone"}, "kind": "country"}
    await imported(lab, register, {**record, "slug": "gone"})
    await lab.call(FIRST, "POST", f"{register.plural}/gone/remove", json={"reason": "It ended."})
    given = {"about": {"type": kind, "slug": "gone"}, "title": {"en": "A"}, "text": {"en": "B"}}
    answer = await lab.call(FIRST, "POST", "updates", json=given)
    assert (answer.status_code, answer.json()["code"]) == (422, "no-such-record")


async def test_two_people_stand_behind_what_is_public(lab: Served) -> None:
    """Whoever wrote, changed or handed in the text does not approve it; a return makes it its author's again."""
    for hand in ("change", "submit", "write"):
        update = await written(lab, by=FIRST if hand == "write" else AUTHOR)
        if hand == "change":
            await lab.call(FIRST, "PATCH", f"updates/{update}", json={"text": {"en": "Better"}})
        await lab.call(FIRST if hand == "submit" else AUTHOR, "POST", f"updates/{update}/submit")
        if hand == "write":
            await lab.call(FIRST, "POST", f"updates/{update}/submit")
        refused = await lab.call(FIRST, "POST", f"updates/{update}/approve")
        assert (refused.status_code, refused.json()["code"]) == (409, "own-update"), hand
        assert (await lab.call(SECOND, "POST", f"updates/{update}/approve")).status_code == 200, hand

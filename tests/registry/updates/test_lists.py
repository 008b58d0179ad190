"""Lists of updates: what each person finds in them, by state, kind, record and author, in whole pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from aep_registry.groups.register import GROUPS
from aep_registry.initiatives.register import INITIATIVES
from aep_registry.partners.register import PARTNERS
from tests.registering import imported, renamed
from tests.served import Served
from tests.shared.statements import run

LAB = {"slug": "lab", "title": {"en": "Lab"}, "status": "running"}
AUTHOR, COLLEAGUE = "coordinator author initiative=lab", "coordinator colleague initiative=lab"
STRANGER, CHAIR = "coordinator stranger initiative=other", "group-chair group=circle"
FIRST, SECOND, EDITOR = "officer first", "officer second", "editor"
PEOPLE = (AUTHOR, COLLEAGUE, STRANGER, CHAIR, FIRST, SECOND, EDITOR, "deputy", "operator", "reader", None)
STEPS: dict[str, tuple[tuple[str, str], ...]] = {
    "draft": (),
    "submitted": ((AUTHOR, "submit"),),
    "returned": ((AUTHOR, "submit"), (FIRST, "return")),
    "approved": ((AUTHOR, "submit"), (SECOND, "approve")),
    "withdrawn": ((AUTHOR, "submit"), (SECOND, "approve"), (FIRST, "withdraw")),
    "discarded": ((AUTHOR, "withdraw"),),
}


async def written(service: Served, *steps: tuple[str, str], by: str = AUTHOR, **fields: Any) -> str:
    given = {"about": {"type": "initiative", "slug": "lab"}, "title": {"en": "A"}, "text": {"en": "B"}, **fields}
    made = await service.call(by, "POST", "updates", json=given)
    assert made.status_code == 201, made.text
    update = str(made.json()["id"])
    for who, action in steps:
        body = {"note": "More, please."} if action == "return" else None
        done = await service.call(who, "POST", f"updates/{update}/{action}", json=body)
        assert done.status_code == 200, (action, done.text)
    return update


async def listed(service: Served, who: str | None, **query: str) -> list[dict[str, Any]]:
    """What somebody finds, page by page."""
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        answer = await service.call(who, "GET", "updates", params={"limit": "3", **query, **cursor})
        page = answer.raise_for_status().json()
        found += page["items"]
        if page["next"] is None:
            return found
        cursor = {"cursor": page["next"]}


async def ids(service: Served, who: str | None, **query: str) -> set[str]:
    found = [item["id"] for item in await listed(service, who, **query)]
    assert len(found) == len(set(found))
    return set(found)


@pytest.fixture
async def updates(standing: Served) -> dict[str, str]:
    """One update of the author's in each state."""
    await run(standing.platform.database, "DELETE FROM updates")
    for slug in ("lab", "other"):
        await imported(standing, INITIATIVES, {**LAB, "slug": slug})
    return {state: await written(standing, *steps) for state, steps in STEPS.items()}


ALIVE = {"draft", "submitted", "returned", "approved"}


@pytest.mark.parametrize("who", PEOPLE)
async def test_the_list_shows_what_somebody_may_read_and_nothing_that_was_put_away(
    standing: Served, updates: dict[str, str], who: str | None
) -> None:
    all_of_them = who in (AUTHOR, FIRST, SECOND, "deputy")
    # Editors read and change each update, but are told only of what is public: reviewing is the office's.
    expected = ALIVE if all_of_them else {"approved"}
    assert await ids(standing, who) == {updates[state] for state in expected}


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("state", ["draft", "submitted", "returned", "approved", "withdrawn", "nonsense"])
async def test_each_state_is_listed_for_whoever_may_know_it(
    standing: Served, updates: dict[str, str], who: str | None, state: str
) -> None:
    found = await ids(standing, who, state=state)
    mine = who in (AUTHOR, FIRST, SECOND, "deputy")
    hidden = {updates["discarded"]} if state == "withdrawn" and mine else set()
    public = {updates[state]} if state in ("approved", "withdrawn") or (mine and state in updates) else set()
    assert found == hidden | public


@pytest.mark.parametrize("who", PEOPLE)
async def test_one_is_read_by_whoever_may_know_it(standing: Served, updates: dict[str, str], who: str | None) -> None:
    readers = (AUTHOR, FIRST, SECOND, EDITOR, "deputy")
    for state, update in updates.items():
        answer = await standing.call(who, "GET", f"updates/{update}")
        assert (answer.status_code == 200) is (state == "approved" or who in readers), state
        if answer.status_code == 200:
            assert answer.headers["ETag"].startswith('"')
            assert ("note" in answer.json()) is (who in readers)


async def test_a_note_and_the_authors_are_told_to_those_alone_who_may_see_the_draft(
    standing: Served, updates: dict[str, str]
) -> None:
    returned = (await standing.call(AUTHOR, "GET", f"updates/{updates['returned']}")).json()
    assert (returned["note"], returned["state"], returned["discarded"]) == ("More, please.", "returned", False)
    discarded = (await standing.call(AUTHOR, "GET", f"updates/{updates['discarded']}")).json()
    assert (discarded["note"], discarded["state"], discarded["discarded"]) == (None, "withdrawn", True)
    public = (await standing.call(None, "GET", f"updates/{updates['approved']}")).json()
    assert set(public) == {
        *("id", "about", "kind", "title", "text", "links", "mentions", "state", "approved_at", "updated_at")
    }


async def test_a_text_that_is_handed_in_again_has_lost_its_note(standing: Served, updates: dict[str, str]) -> None:
    again = await standing.call(AUTHOR, "POST", f"updates/{updates['returned']}/submit")
    assert (again.json()["state"], again.json()["note"]) == ("submitted", None)


async def test_each_filter_alone_and_together(standing: Served, updates: dict[str, str]) -> None:
    await imported(standing, PARTNERS, {"slug": "isle", "name": {"en": "Isle"}, "kind": "country"})
    about = {"type": "partner", "slug": "isle"}
    event = await written(standing, kind="event", about=about, by=FIRST)
    meeting = await written(standing, about={"type": "meeting", "slug": "som"}, by=FIRST)
    assert await ids(standing, FIRST, kind="event") == {event}
    assert await ids(standing, FIRST, about_type="partner") == {event}
    assert await ids(standing, FIRST, about="isle") == {event}
    assert await ids(standing, FIRST, about_type="meeting", about="som") == {meeting}
    assert await ids(standing, FIRST, about_type="initiative", about="isle") == set()
    assert await ids(standing, FIRST, kind="event", state="approved") == set()
    assert await ids(standing, FIRST, about="nothing") == await ids(standing, FIRST, about_type="nonsense") == set()
    assert await ids(standing, FIRST, author="me") == {event, meeting}
    assert await ids(standing, AUTHOR, author="me") == {updates[state] for state in ALIVE}
    assert await ids(standing, SECOND, author="me") == set()


@pytest.mark.parametrize("about_type", [None, "initiative"])
async def test_updates_are_found_by_each_slug_that_their_record_had(standing: Served, about_type: str | None) -> None:
    slug = f"old-{about_type or 'any'}"
    record = {**LAB, "slug": slug}
    await imported(standing, INITIATIVES, record)
    update = await written(standing, about={"type": "initiative", "slug": slug}, by=FIRST)
    await renamed(standing, INITIATIVES, record, f"new-{slug}")
    query = {} if about_type is None else {"about_type": about_type}
    for name in (slug, f"new-{slug}"):
        assert await ids(standing, FIRST, about=name, **query) == {update}
    # Of another type nothing is known under this name.
    assert await ids(standing, FIRST, about=slug, about_type="group") == set()
    shown = (await standing.call(FIRST, "GET", f"updates/{update}")).json()
    assert shown["about"] == {"type": "initiative", "slug": f"new-{slug}"}


async def test_a_filter_names_the_record_of_its_type_alone(standing: Served) -> None:
    await imported(standing, GROUPS, {"slug": "twin", "name": {"en": "Twin"}, "kind": "council"})
    await imported(standing, INITIATIVES, {**LAB, "slug": "twin"})
    one = await written(standing, about={"type": "group", "slug": "twin"}, by=FIRST)
    other = await written(standing, about={"type": "initiative", "slug": "twin"}, by=FIRST)
    assert await ids(standing, FIRST, about="twin") == {one, other}
    assert await ids(standing, FIRST, about="twin", about_type="group") == {one}


@pytest.mark.parametrize("sort", ["updated", "-updated", "approved", "-approved"])
@pytest.mark.parametrize("who", [FIRST, AUTHOR, None])
async def test_pages_are_whole_where_what_they_are_ordered_by_is_equal_or_missing(
    standing: Served, updates: dict[str, str], who: str | None, sort: str
) -> None:
    for _ in range(3):
        await written(standing, *STEPS["approved"])
    await run(standing.platform.database, "UPDATE updates SET stored_at = now()")
    await run(standing.platform.database, "UPDATE updates SET approved_at = now() WHERE approved_at IS NOT NULL")
    found = [item["id"] for item in await listed(standing, who, sort=sort, limit="2")]
    whole = [item["id"] for item in await listed(standing, who, sort=sort, limit="500")]
    assert found == whole
    assert len(found) == len(set(found)) == (4 if who is None else 7)
    if sort.endswith("approved"):
        # What was never approved comes last in both orders.
        assert set(found[:4]) == await ids(standing, None)


async def test_a_follower_learns_what_left_the_list_and_nothing_that_was_never_in_it(
    standing: Served, updates: dict[str, str]
) -> None:
    since = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
    for query in ({}, {"state": "approved"}):
        found = {item["id"]: item for item in await listed(standing, None, updated_since=since, **query)}
        assert set(found) == {updates["approved"], updates["withdrawn"]}
        assert set(found[updates["withdrawn"]]) == {"id", "deleted_at"}
    mine = {item["id"] for item in await listed(standing, AUTHOR, updated_since=since)}
    assert mine == set(updates.values())
    assert await ids(standing, FIRST, updated_since=since, state="submitted") == {updates["submitted"]}


async def test_only_the_fields_that_were_asked_for(standing: Served, updates: dict[str, str]) -> None:
    (item,) = await listed(standing, None, fields="title,state")
    assert item == {"id": updates["approved"], "title": {"en": "A"}, "state": "approved"}
    # Who may not see what is private does not get it by asking.
    (item,) = await listed(standing, None, fields="author,note,title")
    assert set(item) == {"id", "title"}


@pytest.mark.parametrize(
    ("who", "query", "status"),
    [
        (FIRST, {"author": "somebody"}, 422),
        (None, {"author": "me"}, 401),
        (FIRST, {"sort": "title"}, 422),
        (FIRST, {"colour": "blue"}, 400),
        (FIRST, {"limit": "501"}, 422),
        (FIRST, {"about": "a\nb"}, 422),
        (FIRST, {"updated_since": "2020-01-01T00:00:00Z"}, 410),
    ],
)
async def test_a_question_that_is_none_is_refused(
    standing: Served, who: str | None, query: dict[str, str], status: int
) -> None:
    assert (await standing.call(who, "GET", "updates", params=query)).status_code == status

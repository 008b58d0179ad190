"""Issues: two people, what is withdrawn, what is left out and taken in again, and what nobody may do."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import ValidationError

from aep_notifications.errors import NothingToReport, SecondPersonNeeded, WrongIssueState
from aep_notifications.issues import repository
from aep_notifications.issues import service as issues
from aep_notifications.issues.schemas import IssueChange, IssueIn
from aep_shared.access.actor import Actor
from aep_shared.database import Database
from aep_shared.errors import InvalidInput, NotFound, PreconditionFailed
from tests.notifications.newsletters import (
    DEPUTY,
    EDITOR,
    OFFICER,
    OTHER_OFFICER,
    approved,
    assembled,
    reader,
    sent,
    withdraw,
)
from tests.shared.statements import counted, values


async def edited(database: Database, actor: Actor, issue: UUID, **change: Any) -> Any:
    async with database.transaction() as session:
        return await issues.edit(session, actor, issue, IssueChange(**change), None)


async def approve(database: Database, actor: Actor, issue: UUID) -> Any:
    async with database.transaction() as session:
        return await issues.approve(session, actor, issue, None)


async def send(database: Database, issue: UUID) -> Any:
    async with database.transaction() as session:
        return await issues.send(session, OFFICER, issue, None)


async def shown(database: Database, issue: UUID, actor: Actor = OFFICER) -> dict[str, Any]:
    async with database.transaction() as session:
        row = await issues.visible(session, issue, actor)
        return (await issues.shown(session, row, actor)).model_dump(mode="json")


async def titles(database: Database, issue: UUID, part: str = "items") -> list[str]:
    return [item["title"].get("en", "") for item in (await shown(database, issue))[part]]


# Two people.


async def test_whoever_had_a_hand_in_an_issue_cannot_approve_it(notifications: Database) -> None:
    await approved(notifications, "one")
    issue = await assembled(notifications)
    await edited(notifications, EDITOR, issue, title={"en": "Better"})
    await edited(notifications, DEPUTY, issue, introduction={"en": "Dear readers"})
    for author in (OFFICER, DEPUTY):
        with pytest.raises(SecondPersonNeeded):
            await approve(notifications, author, issue)
    assert (await approve(notifications, OTHER_OFFICER, issue)).state == "approved"
    assert (await shown(notifications, issue))["content_by"] == [str(a.subject) for a in (OFFICER, EDITOR, DEPUTY)]


async def test_whoever_made_the_token_of_a_program_does_not_approve_what_it_made(notifications: Database) -> None:
    await approved(notifications, "one")
    program = Actor(uuid4(), EDITOR.grants, maker=DEPUTY.subject)
    async with notifications.transaction() as session:
        made = await issues.assemble(session, program, IssueIn(list="newsletter", frequency="monthly"))
    with pytest.raises(SecondPersonNeeded):
        await approve(notifications, DEPUTY, made.id)
    changing = Actor(uuid4(), EDITOR.grants, maker=OTHER_OFFICER.subject)
    await edited(notifications, changing, made.id, title={"en": "Better"})
    with pytest.raises(SecondPersonNeeded):
        await approve(notifications, OTHER_OFFICER, made.id)
    assert (await approve(notifications, OFFICER, made.id)).state == "approved"


async def test_saving_what_is_stored_makes_nobody_an_author_and_keeps_an_approval(notifications: Database) -> None:
    await approved(notifications, "one")
    issue = await assembled(notifications)
    stored = await shown(notifications, issue)
    items = [item["id"] for item in stored["items"]]
    row = await edited(notifications, DEPUTY, issue, title=stored["title"], introduction={}, items=items)
    assert row.revision == stored["revision"]
    await approve(notifications, DEPUTY, issue)
    assert (await edited(notifications, EDITOR, issue, title=stored["title"])).state == "approved"
    assert (await edited(notifications, EDITOR, issue, title={"en": "Other"})).state == "draft"
    with pytest.raises(WrongIssueState):
        await send(notifications, issue)


async def test_a_change_of_an_older_revision_is_refused(notifications: Database) -> None:
    await approved(notifications, "one")
    issue = await assembled(notifications)
    await edited(notifications, EDITOR, issue, title={"en": "Better"})
    for use_case in (issues.approve, issues.send, issues.remove):
        with pytest.raises(PreconditionFailed):
            async with notifications.transaction() as session:
                await use_case(session, DEPUTY, issue, 1)


# What is withdrawn.


async def test_what_is_withdrawn_is_shown_to_nobody_and_leaves_an_issue_that_is_approved(
    notifications: Database,
) -> None:
    gone = await approved(notifications, "gone")
    await approved(notifications, "stays", "2026-03-01T00:00:00Z")
    issue = await assembled(notifications)
    await withdraw(notifications, gone)
    assert "text of gone" not in str(await shown(notifications, issue))
    await approve(notifications, DEPUTY, issue)
    assert await titles(notifications, issue) == ["stays"]


async def test_what_is_withdrawn_after_the_approval_is_not_sent(notifications: Database) -> None:
    gone = await approved(notifications, "gone")
    await approved(notifications, "stays", "2026-03-01T00:00:00Z")
    issue = await assembled(notifications)
    await approve(notifications, DEPUTY, issue)
    await withdraw(notifications, gone)
    await send(notifications, issue)
    assert await titles(notifications, issue) == ["stays"]


async def test_an_issue_of_which_everything_is_withdrawn_is_neither_approved_nor_sent(
    notifications: Database,
) -> None:
    first, second = await approved(notifications, "one"), await approved(notifications, "two")
    issue = await assembled(notifications)
    await withdraw(notifications, first)
    await approve(notifications, DEPUTY, issue)
    await withdraw(notifications, second)
    with pytest.raises(NothingToReport):
        await send(notifications, issue)
    await edited(notifications, EDITOR, issue, title={"en": "Still nothing"})
    with pytest.raises(NothingToReport):
        await approve(notifications, DEPUTY, issue)


async def test_an_issue_that_was_sent_says_withdrawn_instead_of_the_words(notifications: Database) -> None:
    gone = await approved(notifications, "gone")
    await reader(notifications)
    issue = await assembled(notifications)
    await sent(notifications, issue)
    await withdraw(notifications, gone)
    public = await shown(notifications, issue, Actor())
    assert public["items"] == [{"id": gone, "position": 0, "withdrawn": True, "title": {}, "text": {}}]


async def test_nobody_outside_the_office_sees_an_issue_that_is_not_sent(notifications: Database) -> None:
    await approved(notifications, "one")
    issue = await assembled(notifications)
    with pytest.raises(NotFound):
        await shown(notifications, issue, Actor())


# What is left out.


async def test_an_update_that_was_left_out_can_return(notifications: Database) -> None:
    first = await approved(notifications, "first")
    second = await approved(notifications, "second", "2026-03-01T00:00:00Z")
    issue = await assembled(notifications)
    await edited(notifications, EDITOR, issue, items=[second])
    assert await titles(notifications, issue) == ["second"]
    assert await titles(notifications, issue, "waiting") == ["first"]
    await edited(notifications, EDITOR, issue, items=[second, first])
    assert await titles(notifications, issue) == ["second", "first"]
    assert await titles(notifications, issue, "waiting") == []


async def test_what_was_approved_anew_takes_the_place_of_what_was_withdrawn(notifications: Database) -> None:
    update = await approved(notifications, "first words")
    issue = await assembled(notifications)
    await approved(notifications, "better words", "2026-05-01T00:00:00Z", id=update)
    assert await titles(notifications, issue, "waiting") == ["better words"]
    await edited(notifications, EDITOR, issue, items=[update])
    assert await titles(notifications, issue) == ["better words"]


async def test_only_updates_that_wait_can_be_taken_in(notifications: Database) -> None:
    first = await approved(notifications, "first")
    issue = await assembled(notifications)
    second = await approved(notifications, "second")
    await assembled(notifications)
    for items in ([first, second], [first, first], [first, str(issue)]):
        with pytest.raises(InvalidInput):
            await edited(notifications, EDITOR, issue, items=items)


async def test_the_updates_of_a_deleted_issue_wait_for_the_next(notifications: Database) -> None:
    await approved(notifications, "one")
    issue = await assembled(notifications)
    with pytest.raises(NothingToReport):
        await assembled(notifications)
    async with notifications.transaction() as session:
        await issues.remove(session, EDITOR, issue, None)
    assert await titles(notifications, await assembled(notifications)) == ["one"]
    with pytest.raises(NotFound):
        await shown(notifications, issue)


async def test_an_issue_that_is_being_sent_is_not_deleted(notifications: Database) -> None:
    await approved(notifications, "one")
    issue = await assembled(notifications)
    await sent(notifications, issue)
    with pytest.raises(WrongIssueState):
        async with notifications.transaction() as session:
            await issues.remove(session, OFFICER, issue, None)


async def test_what_is_done_to_an_issue_is_audited(notifications: Database) -> None:
    await approved(notifications, "one")
    issue = await assembled(notifications)
    await edited(notifications, EDITOR, issue, title={"en": "Better"})
    async with notifications.transaction() as session:
        await issues.remove(session, EDITOR, issue, None)
    assert await values(notifications, "SELECT action FROM audit ORDER BY at") == ["create", "change", "delete"]


# Titles.


@pytest.mark.parametrize("title", ["a\nb", "a\r\nBcc: x@y.example", "a\u2028b", "a\u0085b", "a\x0bb", "a\0b", "\ud800"])
def test_a_title_is_one_line(title: str) -> None:
    for model in (IssueIn, IssueChange):
        with pytest.raises(ValidationError):
            model(title={"en": title})


def test_an_issue_has_a_title() -> None:
    with pytest.raises(ValidationError):
        IssueChange(title={})


async def test_a_list_of_issues_asks_no_more_than_one_of_them(notifications: Database) -> None:
    made = []
    for number in range(3):
        await approved(notifications, f"number {number}", at=f"2026-02-0{number + 1}T00:00:00Z")
        made.append(await assembled(notifications, title=f"Issue {number}"))
    async with notifications.reading() as session:
        rows = [await issues.visible(session, issue, OFFICER) for issue in made]
        with counted(notifications) as one:
            alone = await issues.shown(session, rows[1], OFFICER)
        with counted(notifications) as all_of_them:
            listed = await issues.shown_all(session, rows, OFFICER)
    # One of them also says what it could hold.
    assert (len(one), len(all_of_them)) == (4, 3)
    assert listed[1] == alone.model_copy(update={"waiting": None})
    assert [[item.title["en"] for item in issue.items] for issue in listed] == [
        ["number 0"],
        ["number 1"],
        ["number 2"],
    ]


async def test_an_issue_holds_its_updates_in_the_order_of_their_approval(notifications: Database) -> None:
    """Whatever else is in them: an update with more fields is no newer one."""
    await approved(notifications, "second", "2026-02-01T00:00:00Z")
    await approved(notifications, "first", "2026-01-01T00:00:00Z", links=["https://a.example"], zebra=1)
    issue = await assembled(notifications)
    async with notifications.reading() as session:
        items = await repository.items(session, issue)
    assert [item.update.title["en"] for item in items if item.update] == ["first", "second"]

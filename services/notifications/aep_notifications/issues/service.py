"""Use cases of issues."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from aep_notifications import policies
from aep_notifications.errors import IssueState, NothingToReport, SecondPersonNeeded, UnknownList
from aep_notifications.issues import repository
from aep_notifications.issues.schemas import (
    IssueChange,
    IssueIn,
    IssueItem,
    IssueOut,
    OfficeIssueOut,
    WithdrawnItem,
)
from aep_shared.access import audit
from aep_shared.access.actor import Actor, Policy
from aep_shared.contracts.topics import UPDATE
from aep_shared.errors import InvalidInput, NotFound
from aep_shared.http.revisions import require_revision

PUBLIC_STATES = ("sending", "sent")
UNSENT_STATES = ("draft", "approved")


async def assemble(session: AsyncSession, actor: Actor, given: IssueIn) -> Row[Any]:
    """A new issue with every approved update that no earlier issue of the list holds.

    Raises `UnknownList`, and `NothingToReport` where there is none.
    """
    actor.must(policies.edit_issue)
    if not await repository.lock_list(session, given.list):
        raise UnknownList(f"there is no list {given.list}")
    updates = await repository.waiting_updates(session, given.list, given.frequency)
    if not updates:
        raise NothingToReport()
    title = given.title or {"en": "News of the process"}
    issue = await repository.add(session, given.list, given.frequency, title, given.introduction, actor.authors)
    await repository.add_items(session, issue, given.list, given.frequency, updates)
    await audit.record(session, actor, "create", "issue", issue)
    return await _found(session, issue)


async def edit(session: AsyncSession, actor: Actor, issue: UUID, given: IssueChange, revision: int | None) -> Row[Any]:
    """Changes an issue that is not sent yet; an approval before the change no longer counts.

    Saving what is stored already changes nothing, and makes nobody one of its authors.
    """
    row = await _locked(session, actor, issue, policies.edit_issue, revision, *UNSENT_STATES)
    fields = given.model_dump(mode="json", exclude_unset=True, exclude={"items"})
    if any(value is None for value in fields.values()):
        raise InvalidInput("a part of an issue cannot be null")
    changed = {name: value for name, value in fields.items() if getattr(row, name) != value}
    rearranged = given.items is not None and await _rearranged(session, row, given.items)
    if not changed and not rearranged:
        return row
    authors = actor.joining(row.content_by)
    stored = await repository.store(session, issue, state="draft", content_by=authors, approved_by=None, **changed)
    await audit.record(session, actor, "change", "issue", issue, {"revision": row.revision}, fields)
    return stored


async def remove(session: AsyncSession, actor: Actor, issue: UUID, revision: int | None) -> None:
    """Deletes an issue that is not sent; its updates wait for the next one."""
    await _locked(session, actor, issue, policies.edit_issue, revision, *UNSENT_STATES)
    await repository.remove(session, issue)
    await audit.record(session, actor, "delete", "issue", issue)


async def approve(session: AsyncSession, actor: Actor, issue: UUID, revision: int | None) -> Row[Any]:
    """Approves an issue for sending, without what was withdrawn meanwhile.

    Raises `SecondPersonNeeded` for whoever had a hand in it, and `NothingToReport` where nothing is left of it.
    """
    row = await _locked(session, actor, issue, policies.approve_issue, revision, "draft")
    if actor.subject in row.content_by:
        raise SecondPersonNeeded()
    await _without_withdrawn(session, issue)
    await audit.record(session, actor, "approve", "issue", issue)
    return await repository.store(session, issue, state="approved", approved_by=actor.subject)


async def send(session: AsyncSession, actor: Actor, issue: UUID, revision: int | None) -> Row[Any]:
    """Hands an approved issue to the sender: one delivery for each subscriber, once.

    Raises `NothingToReport` where everything in it was withdrawn.
    """
    row = await _locked(session, actor, issue, policies.approve_issue, revision, "approved")
    await _without_withdrawn(session, issue)
    await repository.queue_deliveries(session, row)
    await audit.record(session, actor, "send", "issue", issue)
    return await repository.store(session, issue, state="sending")


async def stop(session: AsyncSession, actor: Actor, issue: UUID, revision: int | None) -> Row[Any]:
    """Ends the sending of an issue: only what was committed already goes out, and the public does not see it.

    Its updates wait for the next issue, which brings them to whoever got no mail of this one.
    """
    row = await _locked(session, actor, issue, policies.approve_issue, revision, "sending")
    await repository.stop(session, issue)
    await audit.record(session, actor, "stop", "issue", issue)
    return await repository.store(session, row.id, state="stopped")


async def shown(session: AsyncSession, row: Row[Any], actor: Actor) -> IssueOut:
    """An issue as the API shows it; the office also sees how its deliveries stand, and what it could hold."""
    (found,) = await shown_all(session, [row], actor)
    if isinstance(found, OfficeIssueOut) and row.state in UNSENT_STATES:
        waiting = await repository.waiting_updates(session, row.list, row.frequency)
        return found.model_copy(update={"waiting": [UPDATE.read(update.data) for update in waiting]})
    return found


async def shown_all(session: AsyncSession, rows: Sequence[Row[Any]], actor: Actor) -> list[IssueOut]:
    """The same for any number of issues, with the statements of one, and without what waits for them."""
    issues = [row.id for row in rows]
    items = await repository.items_of(session, issues)
    fields = [{**row._mapping, "items": [_item(item) for item in items[row.id]]} for row in rows]
    if not actor.may(policies.edit_issue):
        return [IssueOut.model_validate(one, extra="ignore") for one in fields]
    counts = await repository.delivery_counts_of(session, issues)
    doubt = await repository.in_doubt_of(session, issues)
    return [
        OfficeIssueOut.model_validate({**one, "deliveries": counts[row.id], "in_doubt": doubt[row.id]}, extra="ignore")
        for row, one in zip(rows, fields, strict=True)
    ]


async def visible(session: AsyncSession, issue: UUID, actor: Actor) -> Row[Any]:
    """The issue, if it was sent or the actor is of the office.

    Raises `NotFound`.
    """
    row = await _found(session, issue)
    if row.state not in PUBLIC_STATES and not actor.may(policies.edit_issue):
        raise NotFound("there is no such issue")
    return row


def _item(item: Row[Any]) -> IssueItem | WithdrawnItem:
    if item.data is None:
        return WithdrawnItem(id=item.update_id, position=item.position)
    return IssueItem.model_validate({**item.data, "position": item.position}, extra="ignore")


async def _rearranged(session: AsyncSession, row: Row[Any], wanted: list[UUID]) -> bool:
    """Makes these updates those of the issue, in this order; whether anything changed."""
    if not await repository.lock_list(session, row.list):
        raise UnknownList(f"there is no list {row.list}")
    items = await repository.items(session, row.id)
    before = [item.update_id for item in items]
    public = [item.update_id for item in items if item.data is not None]
    added = _chosen(await repository.waiting_updates(session, row.list, row.frequency), set(wanted) - set(public))
    if not added and wanted in (before, public):
        return False
    if len(set(wanted)) != len(wanted) or not set(wanted) <= {*before, *(UUID(update.key) for update in added)}:
        raise InvalidInput("items names updates of this issue or ones that wait for an issue, each once")
    # What was approved anew takes the place of what it was before.
    await repository.drop_withdrawn(session, row.id)
    if added:
        await repository.add_items(session, row.id, row.list, row.frequency, added)
    await repository.keep_items(session, row.id, wanted)
    return True


def _chosen(waiting: Sequence[Row[Any]], wanted: set[UUID]) -> list[Row[Any]]:
    return [update for update in waiting if UUID(update.key) in wanted]


async def _without_withdrawn(session: AsyncSession, issue: UUID) -> None:
    if not await repository.drop_withdrawn(session, issue):
        raise NothingToReport("everything in this issue was withdrawn")


async def _found(session: AsyncSession, issue: UUID) -> Row[Any]:
    row = await repository.find(session, issue)
    if row is None:
        raise NotFound("there is no such issue")
    return row


async def _locked(
    session: AsyncSession, actor: Actor, issue: UUID, policy: Policy, revision: int | None, *states: str
) -> Row[Any]:
    actor.must(policy)
    row = await repository.find(session, issue, lock=True)
    if row is None:
        raise NotFound("there is no such issue")
    require_revision("issue", row.revision, revision)
    if row.state not in states:
        raise IssueState(f"the issue is {row.state}; this needs {' or '.join(states)}")
    return row

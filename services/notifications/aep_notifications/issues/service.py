"""Use cases of issues."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from aep_notifications import policies
from aep_notifications.errors import IssueState, NothingToReport, SecondPersonNeeded, UnknownList
from aep_notifications.issues import repository
from aep_notifications.issues.schemas import IssueChange, IssueIn
from aep_shared import audit
from aep_shared.auth.actor import Actor
from aep_shared.auth.policy import Policy
from aep_shared.errors import InvalidInput, NotFound, PreconditionFailed

PUBLIC_STATES = ("sending", "sent")


async def assemble(session: AsyncSession, actor: Actor, given: IssueIn) -> Row[Any]:
    """A new issue with every approved update that no earlier issue of the list holds.

    Raises `UnknownList`, and `NothingToReport` where there is none.
    """
    actor.must(policies.edit_issue)
    assert actor.subject is not None
    if not await repository.lock_list(session, given.list):
        raise UnknownList(f"there is no list {given.list}")
    updates = await repository.waiting_updates(session, given.list, given.frequency)
    if not updates:
        raise NothingToReport()
    title = given.title or {"en": "News of the process"}
    issue = await repository.add(session, given.list, given.frequency, title, given.introduction, actor.subject)
    await repository.add_items(session, issue, given.list, given.frequency, updates)
    await audit.record(session, actor, "create", "issue", issue)
    return await _found(session, issue)


async def edit(session: AsyncSession, actor: Actor, issue: UUID, given: IssueChange, revision: int | None) -> Row[Any]:
    """Changes an issue that is not sent yet; an approval before the change no longer counts."""
    row = await _locked(session, actor, issue, policies.edit_issue, revision, "draft", "approved")
    fields = given.model_dump(mode="json", exclude_unset=True, exclude={"items"})
    if any(value is None for value in fields.values()):
        raise InvalidInput("a part of an issue cannot be null")
    if given.items is not None:
        await _keep(session, issue, given.items)
    changed = await repository.store(session, issue, state="draft", edited_by=actor.subject, approved_by=None, **fields)
    await audit.record(session, actor, "change", "issue", issue, {"revision": row.revision}, fields)
    return changed


async def approve(session: AsyncSession, actor: Actor, issue: UUID, revision: int | None) -> Row[Any]:
    """Approves an issue for sending.

    Raises `SecondPersonNeeded` for whoever edited it last.
    """
    row = await _locked(session, actor, issue, policies.approve_issue, revision, "draft")
    if row.edited_by == actor.subject:
        raise SecondPersonNeeded()
    await audit.record(session, actor, "approve", "issue", issue)
    return await repository.store(session, issue, state="approved", approved_by=actor.subject)


async def send(session: AsyncSession, actor: Actor, issue: UUID, revision: int | None) -> Row[Any]:
    """Hands an approved issue to the sender: one delivery for each subscriber, once."""
    row = await _locked(session, actor, issue, policies.approve_issue, revision, "approved")
    await repository.queue_deliveries(session, row)
    await audit.record(session, actor, "send", "issue", issue)
    return await repository.store(session, issue, state="sending")


async def shown(session: AsyncSession, row: Row[Any], actor: Actor) -> dict[str, Any]:
    """An issue as the API shows it; the office also sees how its deliveries stand."""
    items = [{**item.data, "position": item.position} for item in await repository.items(session, row.id)]
    public = {"id": str(row.id), "list": row.list, "frequency": row.frequency, "state": row.state, "title": row.title,
              "introduction": row.introduction, "items": items, "created_at": row.created_at.isoformat(),
              "sent_at": row.sent_at.isoformat() if row.sent_at else None}  # fmt: skip
    if actor.may(policies.edit_issue):
        public |= {"revision": row.revision, "deliveries": await repository.delivery_counts(session, row.id),
                   "in_doubt": await repository.in_doubt(session, row.id)}  # fmt: skip
    return public


async def visible(session: AsyncSession, issue: UUID, actor: Actor) -> Row[Any]:
    """The issue, if it was sent or the actor is of the office.

    Raises `NotFound`.
    """
    row = await _found(session, issue)
    if row.state not in PUBLIC_STATES and not actor.may(policies.edit_issue):
        raise NotFound("there is no such issue")
    return row


async def _keep(session: AsyncSession, issue: UUID, updates: list[UUID]) -> None:
    known = {item.update_id for item in await repository.items(session, issue)}
    if not set(updates) <= known or len(set(updates)) != len(updates):
        raise InvalidInput("items names updates of this issue, each once")
    await repository.keep_items(session, issue, updates)


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
    if revision is not None and row.revision != revision:
        raise PreconditionFailed(f"the issue is at revision {row.revision}, not {revision}")
    if row.state not in states:
        raise IssueState(f"the issue is {row.state}; this needs {' or '.join(states)}")
    return row

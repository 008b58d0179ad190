"""Use cases of issues."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from aep_notifications import policies
from aep_notifications.errors import NothingToReport, SecondPersonNeeded, UnknownList, WrongIssueState
from aep_notifications.issues import repository
from aep_notifications.issues.models import Issue, IssueState
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
from aep_shared.errors import InvalidInput, NotFound
from aep_shared.http.revisions import require_revision

UNSENT_STATES = (IssueState.DRAFT, IssueState.APPROVED)


async def assemble(session: AsyncSession, actor: Actor, given: IssueIn) -> Issue:
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
    issue = Issue(
        list=given.list,
        frequency=given.frequency,
        title=title,
        introduction=given.introduction,
        content_by=[*actor.authors],
    )
    session.add(issue)
    await repository.add_items(session, issue, updates)
    await audit.record(session, actor, "create", "issue", issue.id)
    return issue


async def edit(session: AsyncSession, actor: Actor, issue: UUID, given: IssueChange, revision: int | None) -> Issue:
    """Changes an issue that is not sent yet; an approval before the change no longer counts.

    Saving what is stored already changes nothing, and makes nobody one of its authors.
    """
    found = await _locked(session, actor, issue, policies.edit_issue, revision, *UNSENT_STATES)
    fields = given.model_dump(mode="json", exclude_unset=True, exclude={"items"})
    if any(value is None for value in fields.values()):
        raise InvalidInput("a part of an issue cannot be null")
    changed = {name: value for name, value in fields.items() if getattr(found, name) != value}
    rearranged = given.items is not None and await _rearranged(session, found, given.items)
    if not changed and not rearranged:
        return found
    await audit.record(session, actor, "change", "issue", issue, {"revision": found.revision}, fields)
    for name, value in changed.items():
        setattr(found, name, value)
    found.content_by, found.approved_by = list(actor.joining(found.content_by)), None
    return _now(found, IssueState.DRAFT)


async def remove(session: AsyncSession, actor: Actor, issue: UUID, revision: int | None) -> None:
    """Deletes an issue that is not sent; its updates wait for the next one."""
    await session.delete(await _locked(session, actor, issue, policies.edit_issue, revision, *UNSENT_STATES))
    await audit.record(session, actor, "delete", "issue", issue)


async def approve(session: AsyncSession, actor: Actor, issue: UUID, revision: int | None) -> Issue:
    """Approves an issue for sending, without what was withdrawn meanwhile.

    Raises `SecondPersonNeeded` for whoever had a hand in it, and `NothingToReport` where nothing is left of it.
    """
    found = await _locked(session, actor, issue, policies.approve_issue, revision, IssueState.DRAFT)
    if actor.subject in found.content_by:
        raise SecondPersonNeeded()
    await _without_withdrawn(session, issue)
    await audit.record(session, actor, "approve", "issue", issue)
    found.approved_by = actor.subject
    return _now(found, IssueState.APPROVED)


async def send(session: AsyncSession, actor: Actor, issue: UUID, revision: int | None) -> Issue:
    """Hands an approved issue to the sender: one delivery for each subscriber, once.

    Raises `NothingToReport` where everything in it was withdrawn.
    """
    found = await _locked(session, actor, issue, policies.approve_issue, revision, IssueState.APPROVED)
    await _without_withdrawn(session, issue)
    await repository.queue_deliveries(session, found)
    await audit.record(session, actor, "send", "issue", issue)
    return _now(found, IssueState.SENDING)


async def stop(session: AsyncSession, actor: Actor, issue: UUID, revision: int | None) -> Issue:
    """Ends the sending of an issue: only what was committed already goes out, and the public does not see it.

    Its updates wait for the next issue, which brings them to whoever got no mail of this one.
    """
    found = await _locked(session, actor, issue, policies.approve_issue, revision, IssueState.SENDING)
    await repository.stop(session, issue)
    await audit.record(session, actor, "stop", "issue", issue)
    return _now(found, IssueState.STOPPED)


def _now(issue: Issue, state: IssueState) -> Issue:
    """The issue in this state, as a new revision."""
    issue.state = state
    issue.revision += 1
    return issue


async def shown(session: AsyncSession, issue: Issue, actor: Actor) -> IssueOut:
    """An issue as the API shows it; the office also sees how its deliveries stand, and what it could hold."""
    (found,) = await shown_all(session, [issue], actor)
    if isinstance(found, OfficeIssueOut) and issue.state in UNSENT_STATES:
        waiting = await repository.waiting_updates(session, issue.list, issue.frequency)
        return found.model_copy(update={"waiting": waiting})
    return found


async def shown_all(session: AsyncSession, issues: Sequence[Issue], actor: Actor) -> list[IssueOut]:
    """The same for any number of issues, with the statements of one, and without what waits for them."""
    await session.flush()
    ids = [issue.id for issue in issues]
    items = await repository.items_of(session, ids)
    shown = [_shown(issue, items[issue.id]) for issue in issues]
    if not actor.may(policies.edit_issue):
        return shown
    counts = await repository.delivery_counts_of(session, ids)
    doubt = await repository.in_doubt_of(session, ids)
    return [
        OfficeIssueOut(
            **dict(public),
            revision=issue.revision,
            content_by=issue.content_by,
            deliveries=counts[issue.id],
            in_doubt=doubt[issue.id],
        )
        for issue, public in zip(issues, shown, strict=True)
    ]


def _shown(issue: Issue, items: Sequence[repository.Item]) -> IssueOut:
    return IssueOut(
        id=issue.id,
        list=issue.list,
        frequency=issue.frequency,
        state=issue.state,
        title=issue.title,
        introduction=issue.introduction,
        items=[_item(item) for item in items],
        created_at=issue.created_at,
        sent_at=issue.sent_at,
    )


async def visible(session: AsyncSession, issue: UUID, actor: Actor) -> Issue:
    """The issue, if it was sent or the actor is of the office.

    Raises `NotFound`.
    """
    found = await repository.find(session, issue)
    if found is None or (found.state not in repository.PUBLIC_STATES and not actor.may(policies.edit_issue)):
        raise NotFound("there is no such issue")
    return found


def _item(item: repository.Item) -> IssueItem | WithdrawnItem:
    if item.update is None:
        return WithdrawnItem(id=item.id, position=item.position)
    return IssueItem(**dict(item.update), position=item.position)


async def _rearranged(session: AsyncSession, issue: Issue, wanted: list[UUID]) -> bool:
    """Makes these updates those of the issue, in this order; whether anything changed."""
    if not await repository.lock_list(session, issue.list):
        raise UnknownList(f"there is no list {issue.list}")
    items = await repository.items(session, issue.id)
    before = [item.id for item in items]
    public = [item.id for item in items if item.update is not None]
    new = set(wanted) - set(public)
    added = [u for u in await repository.waiting_updates(session, issue.list, issue.frequency) if u.id in new]
    if not added and wanted in (before, public):
        return False
    if len(set(wanted)) != len(wanted) or not set(wanted) <= {*before, *(update.id for update in added)}:
        raise InvalidInput("items names updates of this issue or ones that wait for an issue, each once")
    # What was approved anew takes the place of what it was before.
    await repository.drop_withdrawn(session, issue.id)
    if added:
        await repository.add_items(session, issue, added)
    await repository.keep_items(session, issue.id, wanted)
    return True


async def _without_withdrawn(session: AsyncSession, issue: UUID) -> None:
    if not await repository.drop_withdrawn(session, issue):
        raise NothingToReport("everything in this issue was withdrawn")


async def _locked(
    session: AsyncSession, actor: Actor, issue: UUID, policy: Policy, revision: int | None, *states: IssueState
) -> Issue:
    actor.must(policy)
    found = await repository.find(session, issue, lock=True)
    if found is None:
        raise NotFound("there is no such issue")
    require_revision("issue", found.revision, revision)
    if found.state not in states:
        raise WrongIssueState(f"the issue is {found.state}; this needs {' or '.join(states)}")
    return found

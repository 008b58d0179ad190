"""The routes of issues."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy.ext.asyncio import AsyncSession

from aep_notifications import policies
from aep_notifications.issues import repository, service
from aep_notifications.issues.models import Issue
from aep_notifications.issues.schemas import IssueChange, IssueIn, IssueOut, Issues, OfficeIssueOut
from aep_shared.access.actor import Actor
from aep_shared.access.policy import PUBLIC, guarded_by
from aep_shared.http.edge import CurrentActor, EdgeRoute, Session
from aep_shared.http.revisions import Revision, entity_tag

Shown = OfficeIssueOut | IssueOut

router = APIRouter(route_class=EdgeRoute, tags=["issues"], prefix="/issues")


async def _answer(session: AsyncSession, found: Issue, actor: Actor, response: Response) -> IssueOut:
    response.headers["ETag"] = entity_tag(found.revision)
    return await service.shown(session, found, actor)


@router.get("", **guarded_by(PUBLIC))
async def list_issues(actor: Actor = CurrentActor, session: AsyncSession = Session) -> Issues:
    """Issues that were sent; the office sees all."""
    newest = await repository.newest(session, public_only=not actor.may(policies.edit_issue))
    return Issues(items=[*await service.shown_all(session, newest, actor)])


@router.get("/{issue}", response_model=Shown, **guarded_by(PUBLIC))
async def read_issue(
    issue: UUID, response: Response, actor: Actor = CurrentActor, session: AsyncSession = Session
) -> IssueOut:
    """One issue."""
    return await _answer(session, await service.visible(session, issue, actor), actor, response)


@router.post("", status_code=201, response_model=Shown, **guarded_by(policies.edit_issue))
async def assemble(
    given: IssueIn, response: Response, actor: Actor = CurrentActor, session: AsyncSession = Session
) -> IssueOut:
    """A new issue with all approved updates that no earlier one holds."""
    return await _answer(session, await service.assemble(session, actor, given), actor, response)


@router.patch("/{issue}", response_model=Shown, **guarded_by(policies.edit_issue))
async def edit(
    issue: UUID,
    given: IssueChange,
    response: Response,
    revision: int | None = Revision,
    actor: Actor = CurrentActor,
    session: AsyncSession = Session,
) -> IssueOut:
    """Changes title, introduction or items of an issue that is not sent; an approval no longer counts then."""
    return await _answer(session, await service.edit(session, actor, issue, given, revision), actor, response)


@router.delete("/{issue}", status_code=204, **guarded_by(policies.edit_issue))
async def remove(
    issue: UUID, revision: int | None = Revision, actor: Actor = CurrentActor, session: AsyncSession = Session
) -> None:
    """Deletes an issue that is not sent; its updates wait for the next one."""
    await service.remove(session, actor, issue, revision)


def _transition(name: str, use_case: Callable[..., Awaitable[Issue]], description: str, status: int = 200) -> None:
    @router.post(
        f"/{{issue}}/{name}",
        name=name,
        description=description,
        status_code=status,
        response_model=Shown,
        **guarded_by(policies.approve_issue),
    )
    async def transition(
        issue: UUID,
        response: Response,
        revision: int | None = Revision,
        actor: Actor = CurrentActor,
        session: AsyncSession = Session,
    ) -> IssueOut:
        return await _answer(session, await use_case(session, actor, issue, revision), actor, response)


_transition("approve", service.approve, "Approves an issue that somebody else edited.")
_transition(
    "send", service.send, "Sends an approved issue to every confirmed subscriber of its list and frequency.", 202
)
_transition(
    "stop",
    service.stop,
    "Stops an issue that is being sent: mails that are not committed are dropped, its updates wait for the next.",
)

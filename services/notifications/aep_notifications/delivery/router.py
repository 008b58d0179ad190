"""The routes of deliveries, and the preview of the mail."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncSession

from aep_notifications import policies
from aep_notifications.delivery import service
from aep_notifications.delivery.models import DeliveryState
from aep_notifications.delivery.schemas import Deliveries, DeliveryOut, Preview, Sending
from aep_shared.access.actor import Actor
from aep_shared.access.policy import guarded_by
from aep_shared.http.edge import CurrentActor, EdgeRoute, Session
from aep_shared.language import AskedLanguage


def sending_routes(status: Callable[[], Awaitable[str]]) -> APIRouter:
    """`/sending`: what keeps mails waiting, for whoever sent an issue and wonders."""
    router = APIRouter(route_class=EdgeRoute, tags=["deliveries"], prefix="/sending")

    @router.get("", **guarded_by(policies.edit_issue))
    async def read_sending(actor: Actor = CurrentActor) -> Sending:
        """`waits` says in English why mails are not sent now; nothing where nothing keeps them."""
        actor.must(policies.edit_issue)
        words = await status()
        return Sending(waits=None if words == "ok" else words.removeprefix("degraded: "))

    return router


def delivery_routes(site_url: str) -> APIRouter:
    """Routes below `/issues/{issue}` that are about its mails."""
    router = APIRouter(route_class=EdgeRoute, tags=["deliveries"], prefix="/issues/{issue}")

    @router.get("/preview", **guarded_by(policies.edit_issue))
    async def preview(
        issue: UUID, language: AskedLanguage = "en", actor: Actor = CurrentActor, session: AsyncSession = Session
    ) -> Preview:
        """The mail that the issue makes: its subject, and its text as plain text and as HTML."""
        return await service.preview(session, actor, issue, language, site_url)

    @router.get("/deliveries", **guarded_by(policies.approve_issue))
    async def deliveries(
        issue: UUID,
        state: DeliveryState = DeliveryState.IN_DOUBT,
        actor: Actor = CurrentActor,
        session: AsyncSession = Session,
    ) -> Deliveries:
        """The deliveries in one state, each with the address and the last reply of the mail server."""
        return Deliveries(items=await service.deliveries(session, actor, issue, state))

    @router.post("/deliveries/{subscriber}/send-again", **guarded_by(policies.approve_issue))
    async def send_again(
        issue: UUID, subscriber: UUID, actor: Actor = CurrentActor, session: AsyncSession = Session
    ) -> DeliveryOut:
        """Sends a mail again that is in doubt or was refused; somebody may get it twice."""
        return await service.send_again(session, actor, issue, subscriber)

    @router.post("/deliveries/{subscriber}/leave", **guarded_by(policies.approve_issue))
    async def leave(
        issue: UUID, subscriber: UUID, actor: Actor = CurrentActor, session: AsyncSession = Session
    ) -> DeliveryOut:
        """Leaves a mail in doubt as it is: it counts as delivered."""
        return await service.leave(session, actor, issue, subscriber)

    return router

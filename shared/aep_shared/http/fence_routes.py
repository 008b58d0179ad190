"""The routes of the fence of mail, for services that send any."""

from __future__ import annotations

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncSession

from aep_shared.access import audit
from aep_shared.access.actor import Actor
from aep_shared.access.policy import guarded_by
from aep_shared.http.edge import CurrentActor, EdgeRoute, Session
from aep_shared.http.health import operate
from aep_shared.http.operator_schemas import MailFence
from aep_shared.mail import Fence
from aep_shared.mail.fence import FenceState


def fence_routes(fence: Fence) -> APIRouter:
    """`/mail-fence`: whether this database may send mail, and the operator's word that it may."""
    router = APIRouter(route_class=EdgeRoute, tags=["operation"], prefix="/mail-fence")

    @router.get("", **guarded_by(operate))
    async def read_mail_fence(actor: Actor = CurrentActor, session: AsyncSession = Session) -> MailFence:
        """Whether mail is sent: not from a copy of an installation, before an operator has lifted its fence."""
        actor.must(operate)
        return _shown(await fence.state(session))

    @router.post("/lift", **guarded_by(operate))
    async def lift_mail_fence(actor: Actor = CurrentActor, session: AsyncSession = Session) -> MailFence:
        """Lets this copy send mail, what was queued when it was copied included; the original must have ended."""
        actor.must(operate)
        state = await fence.lift(session, actor.name)
        await audit.record(session, actor, "lift", "mail-fence", "mail-fence")
        return _shown(state)

    return router


def _shown(state: FenceState) -> MailFence:
    return MailFence(open=state.open, lifted_by=state.lifted_by, lifted_at=state.lifted_at)

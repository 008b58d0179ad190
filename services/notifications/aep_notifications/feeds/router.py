"""The routes of the feed and of the built-in mailbox."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response
from sqlalchemy.ext.asyncio import AsyncSession

from aep_notifications import policies
from aep_notifications.errors import NoMailbox
from aep_notifications.feeds import service
from aep_notifications.mailbox.service import messages
from aep_shared.auth.actor import Actor
from aep_shared.auth.policy import PUBLIC, guarded_by
from aep_shared.http.edge import CurrentActor, EdgeRoute, Session


def feed_routes(site_url: str, *, mailbox: bool) -> APIRouter:
    """`/feed.atom` and `/mailbox`."""
    router = APIRouter(route_class=EdgeRoute, tags=["feeds"])

    @router.get("/feed.atom", response_class=Response, **guarded_by(PUBLIC))
    async def feed(language: str = "en", session: AsyncSession = Session) -> Response:
        """The newest approved updates as an Atom feed."""
        body = service.atom(await service.newest(session), site_url, language)
        return Response(body, media_type="application/atom+xml; charset=utf-8")

    @router.get("/mailbox", **guarded_by(policies.read_mailbox))
    async def read_mailbox(
        to: str | None = None, actor: Actor = CurrentActor, session: AsyncSession = Session
    ) -> dict[str, Any]:
        """Mails in the built-in mailbox, to everybody or to one address."""
        actor.must(policies.read_mailbox)
        if not mailbox:
            raise NoMailbox()
        return {"items": await messages(session, to)}

    return router

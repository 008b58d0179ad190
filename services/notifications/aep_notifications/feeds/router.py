"""The routes of the feed and of the built-in mailbox."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy.ext.asyncio import AsyncSession

from aep_notifications import policies
from aep_notifications.errors import NoMailbox
from aep_notifications.feeds import repository, service
from aep_notifications.mailbox.schemas import Mails, WholeMail
from aep_notifications.mailbox.service import message, messages
from aep_shared.access import audit
from aep_shared.access.actor import Actor
from aep_shared.access.policy import PUBLIC, guarded_by
from aep_shared.http.answers import file_of
from aep_shared.http.edge import CurrentActor, EdgeRoute, Session
from aep_shared.language import AskedLanguage
from aep_shared.text import Asked

FEED = file_of("application/atom+xml", about="A feed (RFC 4287)")


def feed_routes(site_url: str, *, mailbox: bool) -> APIRouter:
    """`/feed.atom` and `/mailbox`."""
    router = APIRouter(route_class=EdgeRoute, tags=["feeds"])

    @router.get("/feed.atom", **FEED, **guarded_by(PUBLIC))
    async def feed(language: AskedLanguage = "en", session: AsyncSession = Session) -> Response:
        """The newest approved updates as an Atom feed."""
        body = service.atom(await repository.newest(session), site_url, language)
        return Response(body, media_type="application/atom+xml; charset=utf-8")

    @router.get("/mailbox", **guarded_by(policies.read_mailbox))
    async def read_mailbox(
        to: Asked | None = None, actor: Actor = CurrentActor, session: AsyncSession = Session
    ) -> Mails:
        """Mails in the built-in mailbox, to everybody or to one address."""
        actor.must(policies.read_mailbox)
        if not mailbox:
            raise NoMailbox()
        await audit.record(session, actor, "read", "mailbox", to or "all")
        return Mails(items=await messages(session, to))

    @router.get("/mailbox/{mail}", **guarded_by(policies.read_mailbox))
    async def read_mail(mail: UUID, actor: Actor = CurrentActor, session: AsyncSession = Session) -> WholeMail:
        """One mail in the built-in mailbox, with its HTML part."""
        actor.must(policies.read_mailbox)
        if not mailbox:
            raise NoMailbox()
        return await message(session, mail)

    return router

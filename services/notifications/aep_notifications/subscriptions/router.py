"""The routes of subscriptions."""

from __future__ import annotations

from typing import Any

import orjson
from fastapi import APIRouter, Request
from sqlalchemy.ext.asyncio import AsyncSession

from aep_notifications.errors import SubscriptionUnknown
from aep_notifications.subscriptions import repository, service
from aep_notifications.subscriptions.schemas import ListOut, Lists, SubscriptionIn, TokenIn
from aep_shared.access.limits import Limit, Rate
from aep_shared.access.policy import PUBLIC, guarded_by
from aep_shared.http.answers import Status
from aep_shared.http.described import taking_one_of
from aep_shared.http.edge import EdgeRoute, Session
from aep_shared.text import Asked

SUBSCRIBE = Limit("subscribe", address=Rate(20, 600), network=Rate(60, 600))
# A mail program posts a form, whose token is in the address (RFC 8058).
UNSUBSCRIBING: dict[str, dict[str, Any]] = {
    "application/json": TokenIn.model_json_schema(),
    "application/x-www-form-urlencoded": {"type": "object"},
}
LINK = Limit("subscription-link", address=Rate(120, 60), network=Rate(600, 60))


def subscription_routes(site_url: str) -> APIRouter:
    """Lists, and subscribing to them."""
    router = APIRouter(route_class=EdgeRoute, tags=["subscriptions"])

    @router.get("/lists", **guarded_by(PUBLIC))
    async def lists(session: AsyncSession = Session) -> Lists:
        """The lists that can be subscribed to."""
        return Lists(
            items=[ListOut.model_validate(one, from_attributes=True) for one in await repository.lists(session)]
        )

    @router.post("/subscriptions", status_code=202, **guarded_by(PUBLIC, SUBSCRIBE))
    async def subscribe(given: SubscriptionIn, session: AsyncSession = Session) -> Status:
        """Mails a link that confirms the subscription; nothing else is sent before that."""
        await service.subscribe(session, given, site_url)
        return Status(status="a mail with a link to confirm is on its way")

    @router.post("/subscriptions/confirm", **guarded_by(PUBLIC, LINK))
    async def confirm(given: TokenIn, session: AsyncSession = Session) -> Status:
        """Confirms a subscription."""
        await service.confirm(session, given.token)
        return Status(status="confirmed")

    @router.post("/subscriptions/unsubscribe", **taking_one_of(guarded_by(PUBLIC, LINK), UNSUBSCRIBING))
    async def unsubscribe(request: Request, token: Asked | None = None, session: AsyncSession = Session) -> Status:
        """Ends a subscription: one click as in RFC 8058 (token in the address, a form as body), or JSON."""
        await service.unsubscribe(session, token or await _token_in_body(request))
        return Status(status="unsubscribed")

    return router


async def _token_in_body(request: Request) -> str:
    try:
        return TokenIn.model_validate(orjson.loads(await request.body())).token
    except ValueError as problem:
        raise SubscriptionUnknown() from problem

"""Use cases of subscriptions."""

from __future__ import annotations

import hashlib
import secrets

from sqlalchemy.ext.asyncio import AsyncSession

from aep_notifications.errors import ConfirmationUnknown, SubscriptionUnknown, UnknownList
from aep_notifications.subscriptions import repository
from aep_notifications.subscriptions.schemas import SubscriptionIn
from aep_shared import mail

CONFIRM_DAYS = 7
CONFIRMATIONS_AN_HOUR = 3


async def subscribe(session: AsyncSession, given: SubscriptionIn, site_url: str) -> None:
    """Mails a confirmation link; the caller answers the same whether the address is known or not.

    Raises `UnknownList`.
    """
    unknown = await repository.unknown_lists(session, given.lists)
    if unknown:
        raise UnknownList(f"there is no list {', '.join(unknown)}")
    languages = list(given.languages)
    row = await repository.ensure_subscriber(
        session, given.email, languages, given.frequency, secrets.token_urlsafe(24)
    )
    if await repository.recent_confirmations(session, row.id) >= CONFIRMATIONS_AN_HOUR:
        return
    token = secrets.token_urlsafe(24)
    await repository.add_confirmation(
        session, row.id, _hash(token), languages, given.frequency, given.lists, CONFIRM_DAYS
    )
    await mail.queue(
        session,
        row.email,
        "Please confirm your subscription",
        f"Somebody, hopefully you, asked for our {given.frequency} newsletter at this address.\n\n"
        f"Open this page and confirm:\n\n{site_url}/subscriptions/confirm/{token}\n\n"
        f"The link is good for {CONFIRM_DAYS} days. If it was not you, do nothing: you will hear no more of us.\n",
    )


async def confirm(session: AsyncSession, token: str) -> None:
    """Confirms what a link stands for.

    Raises `ConfirmationUnknown`.
    """
    asked = await repository.take_confirmation(session, _hash(token))
    if asked is None:
        raise ConfirmationUnknown()
    await repository.confirm(session, asked)


async def unsubscribe(session: AsyncSession, token: str) -> None:
    """Leaves all lists; doing so again is fine.

    Raises `SubscriptionUnknown`.
    """
    if await repository.unsubscribe(session, token) is None:
        raise SubscriptionUnknown()


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()

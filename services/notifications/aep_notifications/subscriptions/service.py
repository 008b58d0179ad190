"""Use cases of subscriptions."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from aep_notifications.errors import ConfirmationUnknown, SubscriptionUnknown, UnknownList
from aep_notifications.subscriptions import repository
from aep_notifications.subscriptions.models import Confirmation, Subscriber, SubscriberState
from aep_notifications.subscriptions.schemas import SubscriptionIn
from aep_shared import mail
from aep_shared.database.tables import database_now

CONFIRM_DAYS = 7
CONFIRMATIONS_AN_HOUR = 3


async def subscribe(session: AsyncSession, given: SubscriptionIn, site_url: str) -> None:
    """Mails a confirmation link; the caller answers the same whether the address is known or not.

    Raises `UnknownList`.
    """
    unknown = sorted({*given.lists} - {known.slug for known in await repository.lists(session)})
    if unknown:
        raise UnknownList(f"there is no list {', '.join(unknown)}")
    languages = list(given.languages)
    reader = await repository.ensure(
        session,
        Subscriber(email=given.email, languages=languages, frequency=given.frequency, token=secrets.token_urlsafe(24)),
    )
    if await repository.recent_confirmations(session, reader.id) >= CONFIRMATIONS_AN_HOUR:
        return
    token = secrets.token_urlsafe(24)
    asked = Confirmation(
        token_hash=_hash(token),
        subscriber=reader.id,
        languages=languages,
        frequency=given.frequency,
        lists=given.lists,
        expires_at=database_now() + timedelta(days=CONFIRM_DAYS),
    )
    session.add(asked)
    await mail.queue(
        session,
        reader.email,
        "Please confirm your subscription",
        f"Somebody, hopefully you, asked for our {given.frequency} newsletter at this address.\n\n"
        f"Open this page and confirm:\n\n{site_url}/subscriptions/confirm/{token}\n\n"
        f"The link is good for {CONFIRM_DAYS} days. If it was not you, do nothing: you will hear no more of us.\n",
    )


async def confirm(session: AsyncSession, token: str) -> None:
    """Confirms what a link stands for.

    Raises `ConfirmationUnknown`.
    """
    found = await repository.confirmation(session, _hash(token))
    if found is None:
        raise ConfirmationUnknown()
    asked, reader = found
    if reader.state != SubscriberState.CONFIRMED:
        reader.state, reader.confirmed_at = SubscriberState.CONFIRMED, database_now()
    reader.languages, reader.frequency, reader.ended_at = asked.languages, asked.frequency, None
    await repository.subscribe_only(session, reader.id, asked.lists)


async def unsubscribe(session: AsyncSession, token: str) -> None:
    """Leaves all lists; doing so again is fine.

    Raises `SubscriptionUnknown`.
    """
    reader = await repository.by_token(session, token)
    if reader is None:
        raise SubscriptionUnknown()
    if reader.ended_at is None:
        reader.ended_at = database_now()
    reader.state = SubscriberState.UNSUBSCRIBED
    await repository.forget_lists(session, reader.id)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()

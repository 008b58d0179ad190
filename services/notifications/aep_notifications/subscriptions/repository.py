"""All SQL about subscribers and lists."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from aep_notifications.subscriptions.models import Confirmation, MailingList, Subscriber, Subscription
from aep_shared.database.tables import UNSEEN, database_now


async def lists(session: AsyncSession) -> Sequence[MailingList]:
    return (await session.scalars(select(MailingList).order_by(col(MailingList.slug)))).all()


async def ensure(session: AsyncSession, wanted: Subscriber) -> Subscriber:
    """The subscriber with this address, `wanted` where there is none; locked."""
    values = wanted.model_dump(include={"id", "email", "languages", "frequency", "token"})
    made = insert(Subscriber).values(**values)
    made = made.on_conflict_do_update(
        index_elements=[func.lower(col(Subscriber.email))], set_={"requested_at": database_now()}
    )
    return (await session.scalars(made.returning(Subscriber))).one()


async def recent_confirmations(session: AsyncSession, subscriber: UUID) -> int:
    """How many links the subscriber was mailed within the last hour."""
    lately = col(Confirmation.created_at) > database_now() - timedelta(hours=1)
    mailed = select(func.count()).select_from(Confirmation).where(col(Confirmation.subscriber) == subscriber, lately)
    return int(await session.scalar(mailed) or 0)


async def confirmation(session: AsyncSession, token_hash: bytes) -> tuple[Confirmation, Subscriber] | None:
    """What the link confirms, and for whom, locked; a link works again until it expires, for impatient clicks.

    It is read once the reader is locked: whoever was just leaving has taken it away.
    """
    named = select(col(Confirmation.subscriber)).where(col(Confirmation.token_hash) == token_hash).scalar_subquery()
    reader = await session.scalar(_locked(col(Subscriber.id) == named))
    good = (col(Confirmation.token_hash) == token_hash, col(Confirmation.expires_at) > database_now())
    asked = await session.scalar(select(Confirmation).where(*good))
    return None if reader is None or asked is None else (asked, reader)


async def subscribe_only(session: AsyncSession, subscriber: UUID, slugs: Sequence[str]) -> None:
    """Makes these the lists of a subscriber; one that was subscribed before keeps its date."""
    theirs = col(Subscription.subscriber) == subscriber
    others = delete(Subscription).where(theirs, col(Subscription.list).not_in(slugs))
    await session.execute(others, execution_options=UNSEEN)
    joined = insert(Subscription).on_conflict_do_nothing()
    await session.execute(joined, [{"subscriber": subscriber, "list": slug} for slug in dict.fromkeys(slugs)])


async def by_token(session: AsyncSession, token: str) -> Subscriber | None:
    """Whom a link to leave was mailed to, locked."""
    found: Subscriber | None = await session.scalar(_locked(col(Subscriber.token) == token))
    return found


def _locked(which: ColumnElement[bool]) -> Select[Subscriber]:
    """A reader whom nobody else changes; an issue that is being queued refers to its readers and holds nobody up."""
    return select(Subscriber).where(which).with_for_update(key_share=True)


async def forget_lists(session: AsyncSession, subscriber: UUID) -> None:
    """Leaves the subscriber no list, and no link that would bring one back."""
    for what in (Confirmation, Subscription):
        await session.execute(delete(what).where(col(what.subscriber) == subscriber), execution_options=UNSEEN)


# An address that nobody confirmed is somebody's personal data without a reason to keep it.
FORGETS = (
    "DELETE FROM confirmations WHERE expires_at < clock_timestamp() - interval '1 day'",
    "DELETE FROM subscribers s WHERE state = 'pending' AND requested_at < clock_timestamp() - interval '7 days'"
    " AND NOT EXISTS (SELECT 1 FROM confirmations c WHERE c.subscriber = s.id)"
    " AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.subscriber = s.id)",
)

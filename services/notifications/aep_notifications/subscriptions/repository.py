"""All SQL about subscribers and lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession


async def lists(session: AsyncSession) -> Sequence[Row[Any]]:
    return (await session.execute(text("SELECT slug, title, description FROM lists ORDER BY slug"))).all()


async def unknown_lists(session: AsyncSession, slugs: list[str]) -> list[str]:
    known = {row.slug for row in await lists(session)}
    return sorted(set(slugs) - known)


async def ensure_subscriber(
    session: AsyncSession, email: str, languages: list[str], frequency: str, token: str
) -> Row[Any]:
    """The subscriber with this address, made as pending where there is none; locked."""
    arguments = {"email": email, "languages": languages, "frequency": frequency, "token": token}
    return (await session.execute(_ENSURE, arguments)).one()


async def recent_confirmations(session: AsyncSession, subscriber: UUID) -> int:
    return int(await session.scalar(_RECENT, {"id": subscriber}) or 0)


async def add_confirmation(
    session: AsyncSession,
    subscriber: UUID,
    token_hash: bytes,
    languages: list[str],
    frequency: str,
    slugs: list[str],
    days: int,
) -> None:
    await session.execute(
        _ADD_CONFIRMATION,
        {
            "hash": token_hash,
            "id": subscriber,
            "languages": languages,
            "frequency": frequency,
            "lists": slugs,
            "days": days,
        },
    )


async def take_confirmation(session: AsyncSession, token_hash: bytes) -> Row[Any] | None:
    """What the link confirms; a link works again until it expires, for impatient clicks."""
    return (await session.execute(_CONFIRMATION, {"hash": token_hash})).one_or_none()


async def confirm(session: AsyncSession, asked: Row[Any]) -> None:
    """Makes what was asked for count; a list that was subscribed before keeps its date."""
    arguments = {
        "id": asked.subscriber,
        "languages": asked.languages,
        "frequency": asked.frequency,
        "lists": asked.lists,
    }
    for statement in (_CONFIRM, _LEAVE_OTHERS, _JOIN_LISTS):
        await session.execute(statement, arguments)


async def unsubscribe(session: AsyncSession, token: str) -> UUID | None:
    """Ends the subscription; whose it was, also when it had ended before."""
    found: UUID | None = await session.scalar(_UNSUBSCRIBE, {"token": token})
    if found is not None:
        await session.execute(text("DELETE FROM confirmations WHERE subscriber = :id"), {"id": found})
        await session.execute(text("DELETE FROM subscriptions WHERE subscriber = :id"), {"id": found})
    return found


_ENSURE = text("""
INSERT INTO subscribers (email, languages, frequency, token) VALUES (:email, :languages, :frequency, :token)
ON CONFLICT (lower(email)) DO UPDATE SET requested_at = clock_timestamp() RETURNING *
""")
_RECENT = text("""
SELECT count(*) FROM confirmations WHERE subscriber = :id AND created_at > clock_timestamp() - interval '1 hour'
""")
_ADD_CONFIRMATION = text("""
INSERT INTO confirmations (token_hash, subscriber, languages, frequency, lists, expires_at)
VALUES (:hash, :id, :languages, :frequency, :lists, clock_timestamp() + make_interval(days => :days))
""")
_CONFIRMATION = text("SELECT * FROM confirmations WHERE token_hash = :hash AND expires_at > clock_timestamp()")
_CONFIRM = text("""
UPDATE subscribers SET state = 'confirmed', languages = :languages, frequency = :frequency, ended_at = NULL,
    confirmed_at = CASE WHEN state = 'confirmed' THEN confirmed_at ELSE clock_timestamp() END
WHERE id = :id
""")
_LEAVE_OTHERS = text("DELETE FROM subscriptions WHERE subscriber = :id AND list <> ALL (CAST(:lists AS text[]))")
_JOIN_LISTS = text("""
INSERT INTO subscriptions (subscriber, list) SELECT :id, unnest(CAST(:lists AS text[])) ON CONFLICT DO NOTHING
""")
_UNSUBSCRIBE = text("""
UPDATE subscribers SET state = 'unsubscribed', ended_at = coalesce(ended_at, clock_timestamp())
WHERE token = :token RETURNING id
""")

# An address that nobody confirmed is somebody's personal data without a reason to keep it.
FORGETS = (
    "DELETE FROM confirmations WHERE expires_at < clock_timestamp() - interval '1 day'",
    "DELETE FROM subscribers s WHERE state = 'pending' AND requested_at < clock_timestamp() - interval '7 days'"
    " AND NOT EXISTS (SELECT 1 FROM confirmations c WHERE c.subscriber = s.id)"
    " AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.subscriber = s.id)",
)

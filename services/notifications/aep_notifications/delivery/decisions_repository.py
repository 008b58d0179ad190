"""All SQL about what people see of deliveries and decide about them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession


async def in_state(session: AsyncSession, issue: UUID, state: str, limit: int) -> Sequence[Row[Any]]:
    """The deliveries of an issue in one state, by address."""
    return (await session.execute(_LIST, {"issue": issue, "state": state, "limit": limit})).all()


async def one(session: AsyncSession, issue: UUID, subscriber: UUID) -> Row[Any]:
    return (await session.execute(_ONE, {"issue": issue, "subscriber": subscriber})).one()


async def lock(session: AsyncSession, issue: UUID, subscriber: UUID) -> str | None:
    """The state of a delivery, which nobody else changes until the transaction ends."""
    state: str | None = await session.scalar(_LOCK, {"issue": issue, "subscriber": subscriber})
    return state


async def queue_again(session: AsyncSession, issue: UUID, subscriber: UUID) -> None:
    """What the delivery held may come again, with it or with another; of an issue that was stopped it is dropped."""
    for statement in (_GIVE_BACK, _QUEUE_AGAIN, _SENDING_AGAIN):
        await session.execute(statement, {"issue": issue, "subscriber": subscriber})


async def leave(session: AsyncSession, issue: UUID, subscriber: UUID) -> None:
    """What the delivery held counts as delivered."""
    await session.execute(_LEAVE, {"issue": issue, "subscriber": subscriber})


_LOCK = text("SELECT state FROM deliveries WHERE issue = :issue AND subscriber = :subscriber FOR UPDATE")
_COLUMNS = "SELECT d.*, s.email FROM deliveries d JOIN subscribers s ON s.id = d.subscriber WHERE d.issue = :issue"
_LIST = text(f"{_COLUMNS} AND d.state = :state ORDER BY s.email LIMIT :limit")
_ONE = text(f"{_COLUMNS} AND d.subscriber = :subscriber")
_GIVE_BACK = text("DELETE FROM delivered_items WHERE issue = :issue AND subscriber = :subscriber")
_QUEUE_AGAIN = text("""
UPDATE deliveries SET attempts = 0, next_attempt_at = clock_timestamp(), finished_at = NULL,
    state = CASE (SELECT state FROM issues WHERE id = :issue) WHEN 'stopped' THEN 'dropped' ELSE 'queued' END
WHERE issue = :issue AND subscriber = :subscriber
""")
_SENDING_AGAIN = text("UPDATE issues SET state = 'sending' WHERE id = :issue AND state = 'sent'")
_LEAVE = text("UPDATE deliveries SET state = 'left' WHERE issue = :issue AND subscriber = :subscriber")

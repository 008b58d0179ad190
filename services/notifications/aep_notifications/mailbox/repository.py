"""All SQL about the mailbox."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession


async def add(session: AsyncSession, sender: str, recipient: str, raw: bytes) -> None:
    await session.execute(_ADD, {"sender": sender, "recipient": recipient, "raw": raw})


async def find(session: AsyncSession, mail: UUID) -> Row[Any] | None:
    return (await session.execute(_ONE, {"id": mail})).one_or_none()


async def newest(session: AsyncSession, recipient: str | None, limit: int) -> Sequence[Row[Any]]:
    """The newest mails, to everybody or to one address."""
    return (await session.execute(_LIST, {"recipient": recipient, "limit": limit})).all()


_ADD = text("INSERT INTO mailbox (sender, recipient, raw) VALUES (:sender, :recipient, :raw)")
_ONE = text("SELECT * FROM mailbox WHERE id = :id")
_LIST = text("""
SELECT * FROM mailbox WHERE CAST(:recipient AS text) IS NULL OR lower(recipient) = lower(:recipient)
ORDER BY received_at DESC LIMIT :limit
""")

FORGETS = ("DELETE FROM mailbox WHERE received_at < clock_timestamp() - interval '30 days'",)

"""All SQL about the mailbox."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from aep_notifications.mailbox.models import KeptMail


async def newest(session: AsyncSession, recipient: str | None, limit: int) -> Sequence[KeptMail]:
    """The newest mails, to everybody or to one address."""
    wanted = select(KeptMail).order_by(col(KeptMail.received_at).desc()).limit(limit)
    if recipient is not None:
        wanted = wanted.where(func.lower(col(KeptMail.recipient)) == func.lower(recipient))
    return (await session.scalars(wanted)).all()


FORGETS = ("DELETE FROM mailbox WHERE received_at < clock_timestamp() - interval '30 days'",)

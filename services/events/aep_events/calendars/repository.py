"""All SQL about calendars."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from aep_events.meetings.models import Meeting
from aep_events.series.register import SERIES
from aep_shared.database.tables import table_of
from aep_shared.registers.repository import names_record


async def meetings(session: AsyncSession, series: str | None) -> Sequence[Meeting]:
    """All meetings, or those of a series under whatever name it had, in the order of their names."""
    statement = select(Meeting).where(col(Meeting.deleted_at).is_(None))
    if series:
        statement = statement.where(names_record(table_of(Meeting).c.series, SERIES.noun, series))
    return (await session.scalars(statement.order_by(col(Meeting.slug)))).all()

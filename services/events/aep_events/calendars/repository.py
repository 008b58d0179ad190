"""All SQL about calendars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from aep_events.kinds import MEETING, SERIES
from aep_shared.registers import service as records
from aep_shared.registers.service import RECORDS


async def meetings(session: AsyncSession, series: str | None) -> Sequence[Row[Any]]:
    """All meetings, or those of a series under whatever name it had, in the order of their names."""
    statement = select(*records.columns()).where(RECORDS.c.type == MEETING.type, RECORDS.c.deleted_at.is_(None))
    if series:
        statement = statement.where(records.names_record(RECORDS.c.data["series"].astext, SERIES.type, series))
    return (await session.execute(statement.order_by(RECORDS.c.slug))).all()

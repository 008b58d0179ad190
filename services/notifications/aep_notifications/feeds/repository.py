"""All SQL about feeds."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from aep_shared.contracts.registry import Update
from aep_shared.contracts.topics import UPDATE

ENTRIES = 50


async def newest(session: AsyncSession) -> list[Update]:
    """The newest approved updates."""
    return [UPDATE.read(data) for data in await session.scalars(_NEWEST, {"limit": ENTRIES})]


_NEWEST = text(f"""
SELECT data FROM replicas WHERE topic = '{UPDATE.name}' AND NOT deleted
ORDER BY data ->> 'approved_at' DESC LIMIT :limit
""")

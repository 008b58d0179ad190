"""All SQL about feeds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from aep_shared.contracts.topics import UPDATE

ENTRIES = 50


async def newest(session: AsyncSession) -> Sequence[Row[Any]]:
    """The newest approved updates."""
    return (await session.execute(_NEWEST, {"limit": ENTRIES})).all()


_NEWEST = text(f"""
SELECT data FROM replicas WHERE topic = '{UPDATE.name}' AND NOT deleted
ORDER BY data ->> 'approved_at' DESC LIMIT :limit
""")

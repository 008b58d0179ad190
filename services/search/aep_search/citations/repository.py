"""All SQL about citations."""

from __future__ import annotations

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from aep_shared.contracts.topic import StoredState
from aep_shared.contracts.topics import INITIATIVE, MEETING, UPDATE


async def citing(session: AsyncSession, publication: str, ref: str | None) -> list[tuple[str, StoredState]]:
    """Topic and state of everything that refers to a publication, or to one of its paragraphs."""
    named = {"publication": publication, **({"ref": ref} if ref else {})}
    rows = await session.execute(_CITING, {"named": orjson.dumps([named]).decode()})
    return [(row.topic, row.data) for row in rows]


# Two conditions, one for each index.
_CITING = text(f"""
SELECT topic, data FROM replicas WHERE NOT deleted AND (
    topic IN ('{INITIATIVE.name}', '{UPDATE.name}') AND data -> 'mentions' @> CAST(:named AS jsonb)
    OR topic = '{MEETING.name}' AND data -> 'sources' @> CAST(:named AS jsonb))
ORDER BY data ->> 'approved_at' DESC NULLS LAST, data ->> 'slug', key
""")

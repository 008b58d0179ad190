"""All SQL about what a query is understood with."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from aep_shared.contracts.topics import GLOSSARY_TERM


async def state(session: AsyncSession) -> tuple[object, ...]:
    """Changes whenever the glossary or the publications do."""
    return tuple((await session.execute(_STATE)).one())


async def terms(session: AsyncSession) -> dict[str, list[str]]:
    """Each acronym with its terms in all languages."""
    return {acronym: list(found) for acronym, found in await session.execute(_TERMS)}


async def languages(session: AsyncSession) -> Sequence[str]:
    """The languages of the publications."""
    return (await session.scalars(_LANGUAGES)).all()


_STATE = text(f"""
SELECT (SELECT max(stored_at) FROM replicas WHERE topic = '{GLOSSARY_TERM.name}'),
       (SELECT max(stored_at) FROM publications)
""")
_TERMS = text(f"""
SELECT data ->> 'acronym' AS acronym, ARRAY(SELECT value FROM jsonb_each_text(data -> 'term') ORDER BY 1) AS terms
FROM replicas WHERE topic = '{GLOSSARY_TERM.name}' AND NOT deleted
""")
_LANGUAGES = text("SELECT DISTINCT data ->> 'language' FROM publications WHERE deleted_at IS NULL")

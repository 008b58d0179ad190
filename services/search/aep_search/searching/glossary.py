"""The glossary as synonyms: an acronym and what it stands for find the same. Applied to queries only."""

from __future__ import annotations

import asyncio

from sqlalchemy import text

from aep_search.index.synonyms import Synonyms
from aep_shared.database import Database

_CHECKED_EVERY_SECONDS = 2.0
LANGUAGES = ("en",)
"""The languages that queries are stemmed in beside those of the publications."""


class Glossary:
    """The synonyms as of a moment ago, and the languages that documents are in."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._state: tuple[object, ...] | None = None
        self._checked = -1e9
        self.synonyms = Synonyms({}, LANGUAGES)
        self.languages: tuple[str, ...] = LANGUAGES

    async def refresh(self) -> None:
        """Reads the glossary again where it changed; asks at most every two seconds."""
        now = asyncio.get_running_loop().time()
        if now - self._checked < _CHECKED_EVERY_SECONDS:
            return
        async with self._database.reading() as session:
            state = tuple((await session.execute(_STATE)).one())
            if state != self._state:
                rows = (await session.execute(_TERMS)).all()
                languages = (await session.execute(_LANGUAGES)).scalars().all()
                self.languages = tuple(sorted({*LANGUAGES, *languages}))
                mapping = {row.acronym: list(row.terms) for row in rows}
                self.synonyms = await asyncio.to_thread(Synonyms, mapping, self.languages)
                self._state = state
        self._checked = now


_STATE = text("""
SELECT (SELECT max(stored_at) FROM replicas WHERE topic = 'aep.registry.glossary-term.v1'),
       (SELECT max(stored_at) FROM publications)
""")
_TERMS = text("""
SELECT data ->> 'acronym' AS acronym, ARRAY(SELECT value FROM jsonb_each_text(data -> 'term') ORDER BY 1) AS terms
FROM replicas WHERE topic = 'aep.registry.glossary-term.v1' AND NOT deleted
""")
_LANGUAGES = text("SELECT DISTINCT data ->> 'language' FROM publications WHERE deleted_at IS NULL")

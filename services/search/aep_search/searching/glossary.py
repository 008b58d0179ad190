"""The glossary as synonyms: an acronym and what it stands for find the same. Applied to queries only."""

from __future__ import annotations

import asyncio

from aep_search.index.text.synonyms import Synonyms
from aep_search.searching import repository
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
            state = await repository.state(session)
            if state != self._state:
                mapping = await repository.terms(session)
                languages = await repository.languages(session)
                self.languages = tuple(sorted({*LANGUAGES, *languages}))
                self.synonyms = await asyncio.to_thread(Synonyms, mapping, self.languages)
                self._state = state
        self._checked = now

"""From what refers to a publication to what refers to each of its paragraphs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from aep_search.citations import repository
from aep_search.citations.schemas import CitedBy, CitingInitiative, CitingMeeting, CitingUpdate
from aep_shared.contracts.events import Meeting
from aep_shared.contracts.registry import Initiative, Update
from aep_shared.contracts.topics import TOPICS

Citing = CitingInitiative | CitingUpdate | CitingMeeting


async def cited_by(session: AsyncSession, publication: str, ref: str | None) -> list[CitedBy]:
    """Each paragraph of a publication that something refers to, or only that with the reference `ref`."""
    found: dict[str, CitedBy] = {}
    for topic, state in await repository.citing(session, publication, ref):
        for place, citing in _citations(TOPICS[topic].read(state), publication):
            if ref in (None, place):
                _list(found.setdefault(place, CitedBy(ref=place)), citing).append(citing)
    return [found[place] for place in sorted(found)]


def _citations(state: Any, publication: str) -> Iterator[tuple[str, Citing]]:
    """The references of paragraphs that a record names, each once, and how it is shown there."""
    if isinstance(state, Initiative):
        named = [(m.ref, m.stance) for m in state.mentions if m.publication == publication]
        for ref, stance in dict.fromkeys(named):
            yield ref, CitingInitiative.model_validate({**dict(state), "stance": stance}, extra="ignore")
    elif isinstance(state, Update):
        for ref in dict.fromkeys(m.ref for m in state.mentions if m.publication == publication):
            yield ref, CitingUpdate.model_validate(dict(state), extra="ignore")
    elif isinstance(state, Meeting):
        for ref in dict.fromkeys(s.ref for s in state.sources if s.publication == publication and s.ref):
            yield ref, CitingMeeting.model_validate(dict(state), extra="ignore")


def _list(cited: CitedBy, citing: Citing) -> list[Any]:
    if isinstance(citing, CitingInitiative):
        return cited.initiatives
    return cited.updates if isinstance(citing, CitingUpdate) else cited.meetings

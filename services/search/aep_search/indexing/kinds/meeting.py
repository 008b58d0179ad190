"""A meeting as a document."""

from __future__ import annotations

from aep_search.indexing.kinds.fields import Fields, days, names, texts
from aep_search.indexing.sources import Sources
from aep_shared.contracts.events import Meeting


def fields(state: Meeting, sources: Sources, /) -> Fields:
    host = sources.present([state.host] if state.host else [])
    return Fields(
        kind=state.kind,
        texts=texts(state.title, state.description, state.theme, state.place, everywhere=names(host, sources.partners)),
        partners=host,
        days=days(state.date),
        stored={
            "url": f"/meetings/{state.slug}",
            "title": state.title,
            "date": state.date,
            "date_status": state.date_status,
            "slug": state.slug,
        },
    )

"""An organisation as a document."""

from __future__ import annotations

from aep_search.indexing.kinds.fields import Fields, texts
from aep_search.indexing.sources import Sources
from aep_shared.contracts.registry import Organisation


def fields(state: Organisation, _sources: Sources, /) -> Fields:
    return Fields(
        kind=state.kind,
        texts=texts(state.name, state.mandate, everywhere=filter(None, [state.acronym])),
        stored={"url": f"/organisations/{state.slug}", "title": state.name, "slug": state.slug},
    )

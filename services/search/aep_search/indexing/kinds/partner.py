"""A partner as a document."""

from __future__ import annotations

from aep_search.indexing.kinds.fields import Fields, texts
from aep_search.indexing.sources import Sources
from aep_shared.contracts.registry import Partner


def fields(state: Partner, _sources: Sources, /) -> Fields:
    return Fields(
        kind=state.kind,
        texts=texts(state.name),
        partners=(state.slug,),
        stored={"url": f"/partners/{state.slug}", "title": state.name, "slug": state.slug},
    )

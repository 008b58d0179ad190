"""An initiative as a document."""

from __future__ import annotations

from aep_search.indexing.kinds.fields import Fields, days, names, texts
from aep_search.indexing.sources import Sources
from aep_shared.contracts.registry import Initiative


def fields(state: Initiative, sources: Sources, /) -> Fields:
    partners = sources.present(state.partners_involved)
    everywhere = [alias.name for alias in state.aliases]
    everywhere += names(partners, sources.partners) + names(state.organisations_involved, sources.organisations)
    return Fields(
        kind=state.status,
        texts=texts(state.title, state.summary, everywhere=everywhere),
        objectives=sources.objectives_of(state.nodes),
        partners=partners,
        days=days(state.dates),
        stored={"url": f"/initiatives/{state.slug}", "title": state.title, "slug": state.slug},
    )

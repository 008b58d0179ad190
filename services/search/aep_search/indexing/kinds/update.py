"""An update as a document: it belongs to the objectives and the partners of the initiative that it is about."""

from __future__ import annotations

from aep_search.indexing.kinds.fields import Fields, days, texts
from aep_search.indexing.sources import Sources
from aep_shared.contracts.registry import Update


def fields(state: Update, sources: Sources, /) -> Fields:
    about = state.about
    initiative = sources.initiatives.get(about.slug) if about.type == "initiative" else None
    itself = [about.slug] if about.type == "partner" else []
    return Fields(
        kind=state.kind,
        texts=texts(state.title, state.text),
        objectives=sources.objectives_of(initiative.nodes if initiative else ()),
        partners=sources.present(initiative.partners_involved if initiative else itself),
        days=days(state.approved_at.date().isoformat()),
        stored={
            "url": f"/updates/{state.id}",
            "title": state.title,
            "about": {"type": about.type, "slug": initiative.slug if initiative else about.slug},
        },
    )

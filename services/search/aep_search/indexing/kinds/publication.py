"""A publication as a document, read from this service's own tables."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from aep_search.indexing.kinds.fields import Fields, days, texts
from aep_search.indexing.sources import Sources


class StoredPublication(BaseModel):
    """What is stored of a publication, as far as it is found by it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    slug: str
    title: dict[str, str]
    kind: str
    status: str
    date: str


def fields(state: StoredPublication, _sources: Sources, /) -> Fields:
    return Fields(
        kind=state.kind,
        texts=texts(state.title),
        publication=state.slug,
        days=days(state.date),
        stored={"url": f"/publications/{state.slug}", "title": state.title, "status": state.status},
    )

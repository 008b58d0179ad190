"""A paragraph as a document, read from this service's own tables; it is found by its last heading and its notes too."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from aep_search.indexing.kinds.fields import Fields, days, texts
from aep_search.indexing.sources import Sources


class _Note(BaseModel):
    text: str


class StoredParagraph(BaseModel):
    """What is stored of a paragraph and of its publication, as far as it is found by it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    ref: str
    number: str | None
    heading: list[str]
    text: dict[str, str]
    footnotes: list[_Note]
    publication_slug: str
    publication_title: dict[str, str]
    publication_kind: str
    date: str


def fields(state: StoredParagraph, _sources: Sources, /) -> Fields:
    heading = state.heading[-1] if state.heading else ""
    notes = "\n".join(note.text for note in state.footnotes)
    return Fields(
        kind=state.publication_kind,
        texts=texts(dict.fromkeys(state.text, heading), state.text, dict.fromkeys(state.text, notes)),
        publication=state.publication_slug,
        days=days(state.date),
        stored={
            "url": f"/publications/{state.publication_slug}/paragraphs/{state.ref}",
            "ref": state.ref,
            "number": state.number,
            "title": state.publication_title,
        },
    )

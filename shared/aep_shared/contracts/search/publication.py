"""A published text."""

from __future__ import annotations

from typing import Literal

from aep_shared.contracts.base import Count, EdtfDate, Slug, State, Title, Word
from aep_shared.contracts.examples import example_id
from aep_shared.contracts.topic import Topic


class Publication(State):
    """A published text, without its paragraphs: each of them is an aggregate of its own."""

    slug: Slug
    title: Title
    kind: Word
    """Such as `conclusions`, `strategy`, `declaration`."""
    status: Literal["draft", "adopted"]
    date: EdtfDate
    meeting: Slug | None = None
    paragraphs: Count
    """How many paragraphs belong to it, so that a reader knows when it has them all."""


EXAMPLE = Publication(
    id=example_id(11),
    slug="demo-conclusions",
    title={"en": "Demo conclusions (fictitious)"},
    kind="conclusions",
    status="adopted",
    date="2026-09-15",
    meeting="demo-forum-2027",
    paragraphs=12,
)
PUBLICATION = Topic("aep.search.publication.v1", Publication, "search", ("reports",), example=EXAMPLE)

"""What is related to a record, as it is answered over HTTP."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from aep_search.names.schemas import NameOut
from aep_shared.contracts.base import EdtfDate, Slug, Title, Word
from aep_shared.contracts.events import Meeting
from aep_shared.contracts.registry import Initiative, Partner, Update


class RelatedPublication(BaseModel):
    """A published text, without its paragraphs."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    slug: Slug
    title: Title
    kind: Word
    status: Literal["draft", "adopted"]
    date: EdtfDate
    meeting: Slug | None = None


class Related(BaseModel):
    """What refers to a record by any slug that it has or had."""

    initiatives: list[Initiative] = []
    """Those that it takes part in or coordinates, its editions, or those that serve it or a node below it."""
    meetings: list[Meeting] = []
    """Those that it hosts or organises, or that are of its group or series, the earliest first; undated ones last."""
    updates: list[Update] = []
    """The approved ones about it, the newest first, at most 100."""
    publications: list[RelatedPublication] = []
    """The texts of a meeting."""
    communities: list[Partner] = []
    """The partners that belong to it."""
    names: list[NameOut] = []
    """Of everything that the record and the items above refer to."""

"""What the updates slice takes and answers over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from aep_registry.updates.models import Kind, Links, Mentions, Texts, UpdateState, Words
from aep_shared.contracts.base import Title
from aep_shared.contracts.registry import About
from aep_shared.http.lists import ListQuery
from aep_shared.text import Asked, Text


class UpdateIn(Words):
    """A report about an initiative, partner, organisation, group or meeting."""

    about: About = Field(examples=[{"type": "initiative", "slug": "asef-young-leaders-summit"}])
    title: Title = Field(examples=[{"en": "Summer school held in two cities"}])
    text: Texts = Field(examples=[{"en": "Sixty students took part."}])


class UpdateChange(BaseModel):
    """The fields of an update that change; what an update is about stays."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind | None = None
    title: Title | None = None
    text: Texts | None = None
    links: Links | None = None
    mentions: Mentions | None = None


class ReturnNote(BaseModel):
    """Why an update is returned."""

    model_config = ConfigDict(extra="forbid")

    note: Annotated[Text, Field(min_length=1, max_length=4000, pattern=r"\S")] = Field(
        examples=["Please add how many students took part."]
    )


class UpdateOut(Words):
    """An update, as everybody sees it."""

    id: UUID
    about: About
    state: UpdateState
    approved_at: datetime | None
    updated_at: datetime


class OwnUpdateOut(UpdateOut):
    """An update, as its author and the office see it."""

    note: str | None
    """Why the office returned it."""
    author: UUID
    content_by: list[UUID]
    """Who had a hand in its words since it was last with the office: none of them approves it."""
    discarded: bool
    """Put away and never public: it can be brought back."""
    revision: int


class UpdateQuery(ListQuery):
    """How the list of updates may be asked."""

    sort: Literal["updated", "-updated", "approved", "-approved"] = "-updated"
    state: Asked | None = None
    about_type: Asked | None = None
    about: Asked | None = None
    """The slug of what it is about, now or before."""
    kind: Asked | None = None
    author: Asked | None = None
    """`me`: what whoever asks wrote."""

"""What citations are asked for and answer over HTTP."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from aep_shared.contracts.base import DateStatus, EdtfDate, LanguageMap, Ref, Slug, Title, Word
from aep_shared.contracts.registry import About


class _Citing(BaseModel):
    model_config = ConfigDict(frozen=True)

    id: UUID
    title: Title


class CitingInitiative(_Citing):
    """An initiative, and what it says of itself and the paragraph, such as that it carries it out."""

    slug: Slug
    status: str
    stance: Word


class CitingUpdate(_Citing):
    """An approved update, and what it reports about."""

    about: About
    approved_at: datetime


class CitingMeeting(_Citing):
    """A meeting whose facts the paragraph gives."""

    slug: Slug
    date: EdtfDate | None
    date_status: DateStatus
    place: LanguageMap | None
    online: bool


class CitedBy(BaseModel):
    """What refers to one paragraph."""

    ref: Ref
    initiatives: list[CitingInitiative] = []
    updates: list[CitingUpdate] = []
    """The newest first."""
    meetings: list[CitingMeeting] = []


class Citations(BaseModel):
    """The paragraphs of a publication that something refers to."""

    items: list[CitedBy]

"""The table of updates."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field as Limits
from sqlalchemy import ARRAY, Index, Text, Uuid, text
from sqlmodel import Field

from aep_registry.tables import Tables
from aep_shared.contracts.base import LanguageMap, Part, Title
from aep_shared.contracts.registry import About, Mention
from aep_shared.database.tables import Document, Root, moment, of_document, one_of
from aep_shared.text import WebAddress

Kind = Literal["progress", "event", "publication", "good-practice", "news"]
Texts = Annotated[LanguageMap, Limits(min_length=1)]
Links = Annotated[list[WebAddress], Limits(max_length=100)]
Mentions = Annotated[list[Mention], Limits(max_length=500)]


class UpdateState(StrEnum):
    """Where an update is on its way to the public; `withdrawn` also holds for a draft that was put away."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"


class Words(Part):
    """What an update says."""

    kind: Kind = "progress"
    title: Title
    text: Texts
    links: Links = Limits(default=[])
    mentions: Mentions = Limits(default=[])


class Update(Root, Tables, table=True):
    """A report about a record, and where its review stands. Only an approved one is public."""

    __tablename__ = "updates"
    __table_args__ = (
        Index("updates_public", "stored_at", postgresql_where=text("approved_at IS NOT NULL")),
        Index("updates_of_author", "author"),
        Index("updates_waiting", "stored_at", postgresql_where=text("state = 'submitted'")),
    )

    state: UpdateState = Field(default=UpdateState.DRAFT, sa_type=one_of(UpdateState))
    author: UUID
    about_type: str = Field(sa_type=Text)
    about_slug: str = Field(sa_type=Text)
    words: Words = Field(sa_type=Document(Words))
    kind: str = of_document("kind", "words")
    content_by: list[UUID] = Field(sa_type=ARRAY(Uuid))
    """Who changed the text or handed it in since it was last with the office: none of them approves it."""
    note: str | None = Field(default=None, sa_type=Text)
    approved_at: datetime | None = moment()
    approved_by: UUID | None = None

    @property
    def about(self) -> About:
        return About.model_validate({"type": self.about_type, "slug": self.about_slug})

    @property
    def discarded(self) -> bool:
        """Whether it was put away and never public, so that it can be brought back."""
        return self.state == UpdateState.WITHDRAWN and self.approved_at is None

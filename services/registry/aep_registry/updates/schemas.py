"""What the updates slice accepts over HTTP."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from aep_shared.contracts.base import LanguageMap, Title
from aep_shared.contracts.registry import About, Mention
from aep_shared.text import Text, WebAddress

Kind = Literal["progress", "event", "publication", "good-practice", "news"]
Texts = Annotated[LanguageMap, Field(min_length=1)]
Links = Annotated[list[WebAddress], Field(max_length=100)]
Mentions = Annotated[list[Mention], Field(max_length=500)]


class UpdateIn(BaseModel):
    """A report about an initiative, partner, organisation, group or meeting."""

    model_config = ConfigDict(extra="forbid")

    about: About = Field(examples=[{"type": "initiative", "slug": "asef-young-leaders-summit"}])
    kind: Kind = "progress"
    title: Title = Field(examples=[{"en": "Summer school held in two cities"}])
    text: Texts = Field(examples=[{"en": "Sixty students took part."}])
    links: Links = []
    mentions: Mentions = []


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

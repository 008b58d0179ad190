"""What the updates slice accepts over HTTP."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from aep_shared.contracts.base import LanguageMap
from aep_shared.contracts.registry import About, Mention

Kind = Literal["progress", "event", "publication", "good-practice", "news"]
Link = Annotated[str, StringConstraints(pattern=r"^https?://[^\s]+$", max_length=2000)]


class UpdateIn(BaseModel):
    """A report about an initiative, partner, organisation, group or meeting."""

    model_config = ConfigDict(extra="forbid")

    about: About = Field(examples=[{"type": "initiative", "slug": "asef-young-leaders-summit"}])
    kind: Kind = "progress"
    title: LanguageMap = Field(min_length=1, examples=[{"en": "Summer school held in two cities"}])
    text: LanguageMap = Field(min_length=1, examples=[{"en": "Sixty students took part."}])
    links: list[Link] = []
    mentions: list[Mention] = []

    @field_validator("title", "text")
    @classmethod
    def _bounded(cls, texts: dict[str, str]) -> dict[str, str]:
        if any(len(text) > 20_000 for text in texts.values()):
            raise ValueError("a text has at most 20,000 characters")
        return texts


class UpdateChange(BaseModel):
    """The fields of an update that change; what an update is about stays."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind | None = None
    title: LanguageMap | None = None
    text: LanguageMap | None = None
    links: list[Link] | None = None
    mentions: list[Mention] | None = None


class ReturnNote(BaseModel):
    """Why an update is returned."""

    model_config = ConfigDict(extra="forbid")

    note: Annotated[str, StringConstraints(min_length=1, max_length=4000, strip_whitespace=True)] = Field(
        examples=["Please add how many students took part."]
    )

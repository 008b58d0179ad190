"""What the publications slice accepts."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from aep_shared.contracts.base import EdtfDate, Slug, Title, Word
from aep_shared.language import LanguageTag


class PublicationIn(BaseModel):
    """What is said about a file when it is imported."""

    model_config = ConfigDict(extra="forbid")

    slug: Slug
    title: Title
    kind: Word = Field(examples=["conclusions"])
    language: LanguageTag
    date: EdtfDate
    meeting: Slug | None = None
    status: Literal["draft", "adopted"] = "adopted"
    replace: bool = False
    dry_run: bool = False


class Withdrawal(BaseModel):
    """Why a publication is withdrawn; its readers see this."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, StringConstraints(min_length=1, max_length=1000, strip_whitespace=True)] = Field(
        examples=["The text of another meeting was published by mistake."]
    )

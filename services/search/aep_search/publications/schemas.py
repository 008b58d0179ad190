"""What the publications slice accepts."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from aep_shared.contracts.base import EdtfDate, LanguageMap, Slug
from aep_shared.language import LanguageTag


class PublicationIn(BaseModel):
    """What is said about a file when it is imported."""

    model_config = ConfigDict(extra="forbid")

    slug: Slug
    title: LanguageMap = Field(min_length=1)
    kind: str = Field(pattern=r"^[a-z]+(-[a-z]+)*$", max_length=60, examples=["conclusions"])
    language: LanguageTag
    date: EdtfDate
    meeting: Slug | None = None
    status: Literal["draft", "adopted"] = "adopted"
    replace: bool = False
    dry_run: bool = False

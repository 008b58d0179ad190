"""What all event models have in common."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from aep_shared.dates import EdtfDate
from aep_shared.language import LanguageMap


class Part(BaseModel):
    """A value inside an event.

    What is written must fit exactly. Whoever reads an event validates it with `extra="ignore"` and keeps the whole
    document, so that an older reader accepts and preserves the fields of a newer writer.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")


class State(Part):
    """The public state of an aggregate, as its owner publishes it after each change."""

    id: UUID


class Source(Part):
    """Where a name or a number was taken from."""

    publication: str | None = Field(None, description="Slug of the publication that says so")
    ref: str | None = Field(None, description="Reference of the paragraph within that publication")
    note: str | None = Field(None, description="Number of a footnote within that publication")
    name: str | None = Field(None, description="Name of a source outside the platform")
    url: str | None = None


class DatedName(Part):
    """A further name of the same thing, and who calls it so."""

    name: str
    source: Source | None = None


DateStatus = Literal["planned", "confirmed", "postponed", "cancelled"]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=120)]

__all__ = ["DateStatus", "DatedName", "EdtfDate", "LanguageMap", "Part", "Slug", "Source", "State"]

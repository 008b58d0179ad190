"""What names are asked for and answer over HTTP."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from aep_shared.contracts.base import LanguageMap, Slug

MOST_REFS, MOST_NAMES = 200, 1000


class RecordType(StrEnum):
    """The types of records that have a name and an address."""

    PARTNER = "partner"
    ORGANISATION = "organisation"
    GROUP = "group"
    FRAMEWORK = "framework"
    GLOSSARY = "glossary"
    INITIATIVE = "initiative"
    MEETING = "meeting"
    SERIES = "series"
    PUBLICATION = "publication"


AskedRef = Annotated[str, StringConstraints(max_length=200, pattern=r"^[a-z]+:[a-z0-9-]+$")]
"""A reference to a record: `type:slug`."""


class NamesQuery(BaseModel):
    """All records of some types, and single ones by any slug that they have or had; at least one of both."""

    model_config = ConfigDict(extra="forbid")

    type: Annotated[str, Field(max_length=200)] | None = None
    """Types with commas between them: partner, organisation, group, framework, glossary, initiative, meeting, series,
    publication."""
    ref: Annotated[list[AskedRef], Field(max_length=MOST_REFS)] = []
    """`type:slug`, once for each record."""
    limit: int = Field(default=MOST_NAMES, ge=1, le=MOST_NAMES)
    cursor: AskedRef | None = None
    """What an earlier page of the same question says is `next`."""


class NameOut(BaseModel):
    """What a record is called; a slug that it had before still means it."""

    model_config = ConfigDict(frozen=True)

    type: RecordType
    slug: Slug
    former_slugs: list[Slug]
    name: LanguageMap
    kind: str | None
    parent: Slug | None
    """The record of the same type that it belongs to."""


class Names(BaseModel):
    """Names by type and slug; a reference to what is not public, or is not there, has none."""

    items: list[NameOut]
    next: str | None
    """The cursor of the next page."""

"""What a search can be asked, and what it answers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from aep_shared.contracts.base import LanguageMap
from aep_shared.contracts.registry import About
from aep_shared.dates import MOST_CHARACTERS
from aep_shared.text import Asked

Several = Annotated[str, Field(max_length=1000)]
"""Values separated by commas."""
Day = Annotated[str, Field(max_length=MOST_CHARACTERS)]


class SearchParameters(BaseModel):
    """The query and filters of a search; a filter takes several values separated by commas where it says so."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    q: str = Field("", max_length=2000, description='Words, "phrases", -exclusions and prefix*')
    type: Several | None = Field(
        None,
        description="paragraph, publication, initiative, update, meeting, partner, organisation; several",
    )
    kind: Several | None = Field(None, description="Kind within its type; several")
    language: Several | None = Field(None, description="Language tags; several")
    from_: Day | None = Field(None, alias="from", description="First day, EDTF")
    to: Day | None = Field(None, description="Last day, EDTF")
    publication: Asked | None = None
    objective: Asked | None = None
    partner: Asked | None = None
    sort: Literal["relevance", "-date", "date"] = "relevance"
    limit: int = Field(10, ge=1, le=100)
    cursor: Annotated[str, Field(max_length=1000)] | None = None


class HighlightedOut(BaseModel):
    """Text and the ranges in it that match, in Unicode code points: never HTML."""

    text: str
    ranges: list[tuple[int, int]]


class HitOut(BaseModel):
    """Something that was found; what a kind of document has no use for is null."""

    type: str
    kind: str | None
    id: str
    url: str
    """Where it is read, below the address of the website."""
    title: LanguageMap | None
    heading: HighlightedOut
    """The title in the language that suits the query, and what matches of it."""
    ref: str | None
    number: str | None
    language: str | None
    snippet: HighlightedOut
    about: About | None = None
    date: str | None = None
    date_status: str | None = None


class TotalOut(BaseModel):
    """The number of hits on all pages."""

    value: int
    relation: Literal["exact", "at-least"]


class FacetOut(BaseModel):
    """How many documents have the value, whatever is chosen of this facet."""

    value: str
    count: int


class SearchOut(BaseModel):
    """A page of hits."""

    items: list[HitOut]
    total: TotalOut
    facets: dict[str, list[FacetOut]]
    next: str | None
    """The cursor of the next page."""

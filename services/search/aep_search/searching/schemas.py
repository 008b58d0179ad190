"""What a search can be asked."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class SearchParameters(BaseModel):
    """The query and filters of a search; a filter takes several values separated by commas where it says so."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    q: str = Field("", max_length=2000, description='Words, "phrases", -exclusions and prefix*')
    type: str | None = Field(
        None,
        description="paragraph, publication, initiative, update, meeting, partner, organisation; several",
    )
    kind: str | None = Field(None, description="Kind within its type; several")
    language: str | None = Field(None, description="Language tags; several")
    from_: str | None = Field(None, alias="from", description="First day, EDTF")
    to: str | None = Field(None, description="Last day, EDTF")
    publication: str | None = None
    objective: str | None = None
    partner: str | None = None
    sort: Literal["relevance", "-date", "date"] = "relevance"
    limit: int = Field(10, ge=1, le=100)
    cursor: str | None = None

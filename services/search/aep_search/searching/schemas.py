"""What a search can be asked."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

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

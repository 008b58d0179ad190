"""What runs accept over HTTP."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from aep_shared.text import Line


class RunIn(BaseModel):
    """Which report, and since when updates count: a date (EDTF), or the slug of a meeting."""

    model_config = ConfigDict(extra="forbid")

    report: Line = Field("stocktaking", max_length=60, examples=["stocktaking"])
    since: Line = Field(min_length=1, max_length=120, examples=["asemme8", "2024-01-25"])

"""What runs take and answer over HTTP."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from aep_shared.text import Line


class RunIn(BaseModel):
    """Which report, and since when updates count: a date (EDTF), or the slug of a meeting."""

    model_config = ConfigDict(extra="forbid")

    report: Line = Field("stocktaking", max_length=60, examples=["stocktaking"])
    since: Line = Field(min_length=1, max_length=120, examples=["asemme8", "2024-01-25"])


class FileOut(BaseModel):
    """A file of a report, and where it is fetched."""

    bytes: int
    sha256: str
    url: str


class RunOut(BaseModel):
    """A run: what was frozen when, and the files of the report once it is done."""

    id: UUID
    report: str
    state: Literal["queued", "done", "failed"]
    since: date
    since_meeting: str | None
    frozen_at: datetime
    positions: dict[str, int]
    """How far each partition of each topic had been read when it was frozen."""
    error: str | None
    files: dict[str, FileOut]
    """By format: html, json, pdf."""


class Runs(BaseModel):
    """The runs, the newest first."""

    items: list[RunOut]

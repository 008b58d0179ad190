"""What the reports service answers: runs and their files."""

from __future__ import annotations

from datetime import datetime

from aep_website.answers.base import Address, Answered, Items

URL = "/api/reports/v1"
FILE = f"{URL}/runs/{{run}}/files/{{form}}"


class File(Answered):
    """A file of a run."""

    bytes: int


class Run(Answered):
    """A run of the stocktaking report."""

    id: str
    state: str
    since: str
    frozen_at: datetime
    error: str | None
    files: dict[str, File]


RUNS = Address(f"{URL}/runs", Items[Run])

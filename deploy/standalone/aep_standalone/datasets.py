"""Where the data sets are, and what the one of a process says of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from aep_standalone.errors import StandaloneError


def data_folder() -> Path:
    """The data sets: beside the code in a checkout, inside the package in a wheel."""
    here = Path(__file__).resolve()
    for place in (here.parent / "data", here.parents[3] / "data"):
        if place.is_dir():
            return place
    raise StandaloneError("the data sets are missing from this installation")


def process_description(process: str) -> dict[str, Any] | None:
    """Name and purpose of the process that is loaded; `None` for an empty platform."""
    if process == "none":
        return None
    described: dict[str, Any] = orjson.loads((data_folder() / "process" / "process.json").read_bytes())
    return described

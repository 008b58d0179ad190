"""Dates with a precision, written in EDTF (ISO 8601-2, levels 0 and 1): a day, a month, a window, approximate."""

from __future__ import annotations

import datetime
import functools
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, Field


@dataclass(frozen=True, slots=True)
class Interval:
    """The days that an EDTF text covers at most, both included; `None` where the text leaves an end open."""

    starts: datetime.date | None
    ends: datetime.date | None


def _bound(value: object) -> datetime.date | None:
    parts = getattr(value, "__getitem__", None)
    return datetime.date(*value[:3]) if parts else None  # type: ignore[index]


# The parser takes ten milliseconds for a date, and each is checked by every service that it passes.
@functools.lru_cache(maxsize=10_000)
def parse_edtf(text: str) -> Interval:
    """The interval of an EDTF text.

    Raises `ValueError` for anything that is not EDTF, has no bound at all or ends before it starts.
    """
    # The parser builds its grammar on import (half a second), so only those who need it pay for it.
    import edtf

    try:
        parsed = edtf.parse_edtf(text)
        interval = Interval(_bound(parsed.lower_strict()), _bound(parsed.upper_strict()))
    except Exception as problem:
        raise ValueError(f"'{text}' is not a date in EDTF, such as 2022-11-15, 2022-11 or 2022-11/2022-12") from problem
    if interval.starts is None and interval.ends is None:
        raise ValueError(f"'{text}' has neither a start nor an end")
    if interval.starts and interval.ends and interval.ends < interval.starts:
        raise ValueError(f"'{text}' ends before it starts")
    return interval


def _check(text: str) -> str:
    parse_edtf(text)
    return text


EdtfDate = Annotated[str, AfterValidator(_check), Field(json_schema_extra={"format": "edtf"})]

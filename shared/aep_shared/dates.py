"""Dates with a precision, written in EDTF (ISO 8601-2, levels 0 and 1): a day, a month, a window, approximate."""

from __future__ import annotations

import calendar
import datetime
import re
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, Field

MOST_CHARACTERS = 40
_SEASONS = {21: (3, 5), 22: (6, 8), 23: (9, 11), 24: (12, 12)}
# The forms that calendars of people have. Sets, lists, times and years beyond four digits are left out on purpose: each
# text is read in one step, whoever sent it.
_DATE = re.compile(
    r"(?P<year>[0-9]{4}|[0-9]{3}X|[0-9]{2}XX|[0-9]XXX)"
    r"(-(?P<month>[0-9]{2}|XX)(-(?P<day>[0-9]{2}|XX))?)?[?~%]?"
)


@dataclass(frozen=True, slots=True)
class Interval:
    """The days that an EDTF text covers at most, both included; `None` where the text leaves an end open."""

    starts: datetime.date | None
    ends: datetime.date | None


def parse_edtf(text: str) -> Interval:
    """The interval of an EDTF text.

    Raises `ValueError` for anything that is not EDTF, has no bound at all or ends before it starts.
    """
    shown = text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS]}..."
    try:
        interval = _interval(text)
    except ValueError as problem:
        examples = "2022-11-15, 2022-11 or 2022-11/2022-12"
        raise ValueError(f"'{shown}' is not a date in EDTF, such as {examples}") from problem
    if interval.starts is None and interval.ends is None:
        raise ValueError(f"'{shown}' is a date with neither a start nor an end")
    if interval.starts and interval.ends and interval.ends < interval.starts:
        raise ValueError(f"'{shown}' is a date that ends before it starts")
    return interval


def _interval(text: str) -> Interval:
    if len(text) > MOST_CHARACTERS:
        raise ValueError("too long")
    first, slash, last = text.partition("/")
    if not slash:
        return _span(text)
    return Interval(
        None if first in ("", "..") else _span(first).starts,
        None if last in ("", "..") else _span(last).ends,
    )


def _span(text: str) -> Interval:
    """The days of one date: an `X` stands for every digit that there may be."""
    found = _DATE.fullmatch(text)
    if found is None:
        raise ValueError("not a date")
    year, month, day = found["year"], found["month"] or "XX", found["day"] or "XX"
    first_year, last_year = int(year.replace("X", "0")), int(year.replace("X", "9"))
    months = (1, 12) if month == "XX" else _SEASONS.get(int(month), (int(month),) * 2)
    if day != "XX":
        # A day of a month that is not known, or of a season, is no window of days.
        if months != (int(month.replace("X", "0")),) * 2:
            raise ValueError("a day needs its month")
        return Interval(datetime.date(first_year, months[0], int(day)), datetime.date(last_year, months[1], int(day)))
    if not 1 <= months[1] <= 12:
        raise ValueError("no such month")
    last_day = calendar.monthrange(last_year, months[1])[1]
    return Interval(datetime.date(first_year, months[0], 1), datetime.date(last_year, months[1], last_day))


def _check(text: str) -> str:
    parse_edtf(text)
    return text


EdtfDate = Annotated[str, AfterValidator(_check), Field(json_schema_extra={"format": "edtf"})]

"""Dates for people: EDTF (ISO 8601-2, levels 0 and 1) in words, with the precision that was given and no more."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass

from babel import Locale
from babel.dates import format_date, format_datetime, format_interval, format_skeleton

Translate = Callable[[str], str]

_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?([~?%]?)")


def N_(text: str) -> str:
    """Marks a text for the catalogue; it is translated when it is shown."""
    return text


_SEASONS = {21: N_("spring"), 22: N_("summer"), 23: N_("autumn"), 24: N_("winter")}
_OPEN = ("", "..")


@dataclass(frozen=True, slots=True)
class _Point:
    day: datetime.date
    skeleton: str
    qualifier: str
    season: int | None = None


def in_words(text: str | None, language: str, translate: Translate) -> str:
    """An EDTF text in words; what is not understood is shown as it is, never hidden."""
    if not text:
        return translate("no date set")
    starts, slash, ends = text.partition("/")
    first = _point(starts)
    if not slash:
        return _qualified(first, _single(first, language, translate), translate) if first else text
    last = _point(ends)
    if first and last:
        return _qualified(first, _window(first, last, language, translate), translate)
    if first and ends in _OPEN:
        words = _qualified(first, _single(first, language, translate), translate)
        return translate("since %(date)s") % {"date": words}
    if last and starts in _OPEN:
        return translate("until %(date)s") % {"date": _qualified(last, _single(last, language, translate), translate)}
    return text


def meeting_in_words(text: str | None, language: str, translate: Translate) -> str:
    """As `in_words`, saying so where a month or a window stands for days that are not set yet."""
    words = in_words(text, language, translate)
    if not text or all(len(part.rstrip("~?%")) == 10 for part in text.split("/")):
        return words
    return translate("%(window)s (days not set)") % {"window": words}


def moment_in_words(moment: datetime.datetime | None, language: str) -> str:
    """An instant to the minute, in UTC."""
    if moment is None:
        return ""
    instant = moment.astimezone(datetime.UTC)
    return f"{format_datetime(instant, 'd MMMM y, HH:mm', locale=_locale(language))} UTC"


def end_in_words(moment: datetime.datetime, language: str) -> str:
    """An instant at which something ends: at a midnight (UTC) that is the end of the day before it."""
    instant = moment.astimezone(datetime.UTC)
    if instant.time() != datetime.time():
        return moment_in_words(instant, language)
    return _format(instant.date() - datetime.timedelta(days=1), "yMMMMd", language)


def instant_in_words(moment: datetime.datetime, language: str) -> str:
    """An instant to the millisecond, for following something through the system."""
    instant = moment.astimezone(datetime.UTC)
    return f"{format_datetime(instant, 'd MMMM y, HH:mm:ss.SSS', locale=_locale(language))} UTC"


def day_of(moment: datetime.datetime, language: str) -> str:
    """The day of an instant."""
    return _format(moment.date(), "yMMMMd", language)


def _point(text: str) -> _Point | None:
    found = _DATE.fullmatch(text)
    if not found:
        return None
    year, month, day, qualifier = found.groups()
    try:
        if month and int(month) in _SEASONS and not day:
            return _Point(datetime.date(int(year), 1, 1), "y", qualifier, int(month))
        moment = datetime.date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return None
    return _Point(moment, "yMMMMd" if day else "yMMMM" if month else "y", qualifier)


def _single(point: _Point, language: str, translate: Translate) -> str:
    words = _format(point.day, point.skeleton, language)
    return f"{translate(_SEASONS[point.season])} {words}" if point.season else words


def _window(first: _Point, last: _Point, language: str, translate: Translate) -> str:
    if first.skeleton == last.skeleton == "yMMMMd":
        return _days(first.day, last.day, language)
    if first.skeleton == last.skeleton and not (first.season or last.season):
        words = format_interval(first.day, last.day, first.skeleton, locale=_locale(language))
        # CLDR puts thin spaces around the dash of some intervals, which few fonts have.
        return words.replace("\u2009", "").replace("\u202f", " ")
    return f"{_single(first, language, translate)} – {_single(last, language, translate)}"


def _days(first: datetime.date, last: datetime.date, language: str) -> str:
    """Both days in full, without repeating month and year where the language writes them last."""
    end = _format(last, "yMMMMd", language)
    if Locale.parse(_locale(language)).date_formats["long"].pattern != "d MMMM y" or first.year != last.year:
        return f"{_format(first, 'yMMMMd', language)} – {end}"
    if first.month != last.month:
        return f"{format_date(first, 'd MMMM', _locale(language))} – {end}"
    return f"{first.day}–{end}"


def _qualified(point: _Point, words: str, translate: Translate) -> str:
    if point.qualifier in ("~", "%"):
        words = translate("about %(date)s") % {"date": words}
    if point.qualifier in ("?", "%"):
        words = translate("%(date)s (uncertain)") % {"date": words}
    return words


def _format(day: datetime.date, skeleton: str, language: str) -> str:
    if skeleton == "yMMMMd":
        return format_date(day, "long", _locale(language))
    return format_skeleton(skeleton, day, locale=_locale(language))


def _locale(language: str) -> str:
    # British order of day and month: the process writes "15 December 2021".
    return "en_GB" if language == "en" else language.replace("-", "_")

"""Calendars as programs read them: days and windows, cancellations, one series, one meeting, the reader's language."""

from __future__ import annotations

from typing import Any

import icalendar
import orjson
import pytest

from tests.served import Served

DAYS = {"slug": "forum", "title": {"en": "Forum", "fr": "Colloque"}, "kind": "forum", "date_status": "confirmed"}


async def add(events: Served, **fields: Any) -> str:
    answer = await events.call("officer", "POST", "meetings", json={**DAYS, **fields})
    return str(answer.raise_for_status().json()["id"])


async def calendar(events: Served, path: str = "meetings.ics", **query: str) -> dict[str, icalendar.Event]:
    """The events of a calendar by their titles."""
    answer = await events.call(None, "GET", path, params=query)
    assert answer.raise_for_status().headers["content-type"] == "text/calendar; charset=utf-8"
    found = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
    return {str(event["SUMMARY"]): event for event in found}


async def test_days_are_whole_and_end_after_the_last(events: Served) -> None:
    made = await add(events, date="2027-03-16/2027-03-17", place={"en": "Port"}, description={"en": "Who comes."})
    event = (await calendar(events))["Forum"]
    assert (str(event.decoded("DTSTART")), str(event.decoded("DTEND"))) == ("2027-03-16", "2027-03-18")
    assert event["UID"] == f"{made}@aep.example"
    assert (event["STATUS"], event["TRANSP"]) == ("CONFIRMED", "OPAQUE")
    assert (event["LOCATION"], event["DESCRIPTION"]) == ("Port", "Who comes.")


@pytest.mark.parametrize(
    ("status", "shown"), [("planned", "TENTATIVE"), ("confirmed", "TENTATIVE"), ("cancelled", "CANCELLED")]
)
async def test_a_window_says_that_the_days_are_not_set(events: Served, status: str, shown: str) -> None:
    await add(events, date="2027-03", date_status=status)
    event = (await calendar(events))["Forum"]
    assert (event["STATUS"], event["TRANSP"]) == (shown, "TRANSPARENT")
    assert event["DESCRIPTION"] == "Planned for 2027-03; the days are not set yet."
    assert await calendar(events, windows="false") == {}


async def test_a_cancelled_meeting_stays_and_says_so_with_a_higher_sequence(events: Served) -> None:
    await add(events, date="2027-03-16")
    await events.call("officer", "PATCH", "meetings/forum", json={"date_status": "cancelled"})
    event = (await calendar(events))["Forum"]
    assert (event["STATUS"], event["SEQUENCE"]) == ("CANCELLED", 1)


async def test_without_any_date_it_has_no_place_in_a_calendar(events: Served) -> None:
    await add(events, date=None, date_status="postponed")
    assert await calendar(events) == await calendar(events, "meetings/forum.ics") == {}


async def test_one_series_by_any_of_its_slugs_and_one_meeting(events: Served) -> None:
    series = {"slug": "fora", "title": {"en": "Fora"}, "kind": "forum"}
    await events.call("officer", "POST", "series", json=series)
    await add(events, date="2027-03-16", series="fora")
    await add(events, slug="other", title={"en": "Other"}, date="2027-05-01")
    renamed = orjson.dumps({**series, "slug": "forums", "former_slugs": ["fora"]})
    await events.call("officer", "POST", "series/import", content=renamed)
    assert list(await calendar(events)) == ["Forum", "Other"]
    for slug in ("fora", "forums"):
        assert list(await calendar(events, series=slug)) == ["Forum"]
    assert list(await calendar(events, "meetings/other.ics")) == ["Other"]
    assert (await events.call(None, "GET", "meetings/nothing.ics")).status_code == 404


async def test_titles_are_in_the_readers_language_where_there_is_one(events: Served) -> None:
    await add(events, date="2027-03-16")
    assert list(await calendar(events, language="fr")) == ["Colloque"]
    assert list(await calendar(events, language="ja")) == ["Forum"]
    assert (await events.call(None, "GET", "meetings.ics", params={"language": "xx-invalid"})).status_code == 422

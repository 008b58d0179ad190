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


async def test_a_calendar_holds_its_meetings_in_the_order_of_their_names(events: Served) -> None:
    for slug in ("c", "a", "b"):
        await add(events, slug=slug, title={"en": slug.upper()}, date="2027-03-16")
    assert list(await calendar(events)) == ["A", "B", "C"]


async def test_a_meeting_is_found_under_the_slug_that_it_had(events: Served) -> None:
    await add(events, date="2027-03-16")
    renamed = orjson.dumps({**DAYS, "date": "2027-03-16", "slug": "colloquium", "former_slugs": ["forum"]})
    await events.call("officer", "POST", "meetings/import", content=renamed)
    for slug in ("forum", "colloquium"):
        event = (await calendar(events, f"meetings/{slug}.ics"))["Forum"]
        assert event["URL"] == "https://aep.example/meetings/colloquium"


async def test_a_meeting_that_was_moved_has_the_same_name_and_a_higher_number(events: Served) -> None:
    await add(events, date="2027-03")
    before = (await calendar(events))["Forum"]
    await events.call("officer", "PATCH", "meetings/forum", json={"date": "2027-03-16", "title": {"en": "Forum!"}})
    after = (await calendar(events))["Forum!"]
    assert before["UID"] == after["UID"]
    assert (before["SEQUENCE"], after["SEQUENCE"]) == (0, 1)
    assert after.decoded("LAST-MODIFIED") >= before.decoded("LAST-MODIFIED")


async def test_a_series_that_nobody_knows_has_an_empty_calendar(events: Served) -> None:
    await add(events, date="2027-03-16", series="fora")
    assert await calendar(events, series="nothing") == {}
    # A meeting may name a series before the series is there.
    assert list(await calendar(events, series="fora")) == ["Forum"]


@pytest.mark.parametrize(
    "query", [{"windows": "maybe"}, {"language": "x" * 20}, {"series": "a\nb"}, {"series": "x" * 201}]
)
async def test_a_question_that_is_none_is_refused(events: Served, query: dict[str, str]) -> None:
    refused = await events.call(None, "GET", "meetings.ics", params=query)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid-input")


async def test_one_meeting_is_shown_also_while_its_days_are_not_set(events: Served) -> None:
    await add(events, date="2027-03")
    assert list(await calendar(events, "meetings/forum.ics", language="fr")) == ["Colloque"]

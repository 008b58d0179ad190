"""Meetings and their series over HTTP."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from aep_events.meetings.register import MEETINGS
from aep_events.series.register import SERIES as SERIES_REGISTER
from aep_shared.contracts.base import Source
from aep_shared.contracts.events import AgendaItem, Document, EarlierDate, MeetingRecord, Participants
from tests import registering
from tests.registering import full, goes_in_and_comes_out, imported, is_whole_in_every_order, left_out, renamed
from tests.served import Served

MEETING = {"slug": "som-2027", "title": {"en": "SOM"}, "kind": "som", "date": "2027-03", "date_status": "planned"}
SERIES = {"slug": "soms", "title": {"en": "Senior officials"}, "kind": "senior-officials"}


async def created(events: Served, **fields: Any) -> dict[str, Any]:
    answer = await events.call("officer", "POST", "meetings", json={**MEETING, **fields})
    made: dict[str, Any] = answer.raise_for_status().json()
    return made


async def slugs(events: Served, **query: str) -> list[str]:
    items = (await events.call(None, "GET", "meetings", params=query)).raise_for_status().json()["items"]
    return [item["slug"] for item in items]


async def test_a_meeting_that_moves_counts_it(events: Served) -> None:
    assert (await created(events, sequence=5))["sequence"] == 0
    for fields, sequence in (({"date": "2027-04"}, 1), ({"description": {"en": "Who comes"}}, 1), ({"sequence": 9}, 1)):
        changed = await events.call("officer", "PATCH", "meetings/som-2027", json=fields)
        assert changed.json()["sequence"] == sequence


async def test_meetings_are_filtered_by_kind_status_host_and_any_slug_of_their_series(events: Served) -> None:
    await events.call("officer", "POST", "series", json=SERIES)
    await created(events, series="soms", host="mainland")
    await created(events, slug="fair", kind="seminar", date_status="confirmed")
    renamed = orjson.dumps({**SERIES, "slug": "som", "former_slugs": ["soms"]})
    await events.call("officer", "POST", "series/import", content=renamed)
    assert await slugs(events, series="som") == await slugs(events, series="soms") == ["som-2027"]
    assert await slugs(events, kind="seminar") == await slugs(events, date_status="confirmed") == ["fair"]
    assert await slugs(events, host="mainland") == ["som-2027"]
    assert await slugs(events, sort="-slug") == ["som-2027", "fair"]


@pytest.mark.parametrize("who", [None, "editor", "coordinator"])
async def test_only_the_office_and_operators_change_meetings(events: Served, who: str | None) -> None:
    await created(events)
    refused = {401} if who is None else {403}
    for method, path, body in (
        ("POST", "meetings", {**MEETING, "slug": "another"}),
        ("PATCH", "meetings/som-2027", {"online": True}),
        ("POST", "meetings/som-2027/remove", {"reason": "It was entered twice."}),
        ("POST", "meetings/som-2027/restore", None),
        ("POST", "meetings/import", None),
    ):
        assert (await events.call(who, method, path, json=body)).status_code in refused, path


async def test_a_removed_meeting_leaves_the_calendar_too(events: Served) -> None:
    await created(events)
    assert b"VEVENT" in (await events.call(None, "GET", "meetings.ics")).content
    await events.call("operator", "POST", "meetings/som-2027/remove", json={"reason": "It was entered twice."})
    assert b"VEVENT" not in (await events.call(None, "GET", "meetings.ics")).content
    assert (await events.call(None, "GET", "meetings/som-2027.ics")).status_code == 410


SAID = Source(publication="conclusions", ref="84")
WHOLE = MeetingRecord(
    slug="workshop",
    title={"en": "Workshop", "fr": "Atelier"},
    description={"en": "Coordinators compare.\n\nThen they eat."},
    theme={"en": "Before the journey"},
    kind="seminar",
    date="2027-03-16/2027-03-17",
    date_status="planned",
    history=[EarlierDate(date="2027-02/2027-03", date_status="planned", source=SAID)],
    place={"en": "Port"},
    online=True,
    host="mainland",
    organisers=["secretariat"],
    series="workshops",
    initiative="lab",
    cycle="asemme10",
    group="standing-group",
    participants=Participants(people=60, partners=9, stakeholders=4, qualifier="about", source=SAID),
    agenda=[AgendaItem(number="1", title={"en": "What hosts need"})],
    documents=[
        Document(title={"en": "Conclusions"}, publication="conclusions", source=SAID),
        Document(title={"en": "Photographs"}, url="https://photos.example/"),
    ],
    note={"en": "Registration is closed."},
    sources=[SAID],
)


@left_out(MeetingRecord)
async def test_a_record_with_or_without_a_field_is_answered_as_it_was_given(
    standing: Served, left_out: str | None
) -> None:
    await goes_in_and_comes_out(standing, MEETINGS, WHOLE, left_out)


async def test_pages_are_whole_in_every_order(standing: Served) -> None:
    await is_whole_in_every_order(standing, MEETINGS, WHOLE)


async def test_each_filter_alone_and_together(standing: Served) -> None:
    base = full(WHOLE)
    await imported(
        standing,
        MEETINGS,
        {**base, "slug": "m-som", "kind": "m-som", "host": "m-isle", "date_status": "postponed", "date": None},
        {**base, "slug": "m-forum", "kind": "m-forum", "host": "m-isle", "date_status": "cancelled"},
    )
    assert await registering.slugs(standing, MEETINGS, kind="m-som") == ["m-som"]
    assert await registering.slugs(standing, MEETINGS, host="m-isle") == ["m-forum", "m-som"]
    assert await registering.slugs(standing, MEETINGS, date_status="postponed") == ["m-som"]
    assert await registering.slugs(standing, MEETINGS, date_status="cancelled", host="m-isle") == ["m-forum"]
    assert await registering.slugs(standing, MEETINGS, date_status="cancelled", kind="m-som") == []


async def test_a_meeting_is_found_by_every_slug_that_its_series_had(standing: Served) -> None:
    series = {"slug": "s-one", "title": {"en": "Series"}, "kind": "forum"}
    await imported(standing, SERIES_REGISTER, series)
    await imported(standing, MEETINGS, {**full(WHOLE), "slug": "in-one", "series": "s-one"})
    await renamed(standing, SERIES_REGISTER, series, "s-two")
    await imported(standing, MEETINGS, {**full(WHOLE), "slug": "in-two", "series": "s-two"})
    for slug in ("s-one", "s-two"):
        assert await registering.slugs(standing, MEETINGS, series=slug) == ["in-one", "in-two"]
    # The host is a partner of another service: its slug is what the record says.
    assert await registering.slugs(standing, MEETINGS, host="s-one") == []


async def test_an_import_that_moves_a_meeting_counts_it_and_one_that_does_not_leaves_it(standing: Served) -> None:
    base = {**full(WHOLE), "slug": "moving"}
    for change, outcome, sequence in (
        ({}, "created", 0),
        ({}, "unchanged", 0),
        ({"sequence": 40}, "unchanged", 0),
        ({"note": {"en": "Other"}}, "changed", 0),
        ({"note": {"en": "Other"}, "date": "2027-05"}, "changed", 1),
        ({"note": {"en": "Other"}, "date": "2027-05", "online": False}, "changed", 2),
    ):
        answer = await imported(standing, MEETINGS, {**base, **change})
        assert answer.json()[outcome] == 1, (change, answer.json())
        assert (await standing.call(None, "GET", "meetings/moving")).json()["sequence"] == sequence


async def test_one_that_is_removed_and_brought_back_keeps_its_number(standing: Served) -> None:
    await imported(standing, MEETINGS, {**full(WHOLE), "slug": "back"})
    await standing.call("officer", "PATCH", "meetings/back", json={"date": "2027-06"})
    await standing.call("officer", "POST", "meetings/back/remove", json={"reason": "Entered twice."})
    assert (await standing.call("officer", "POST", "meetings/back/restore")).json()["sequence"] == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"date": "soon"},
        {"date": "2027-03-17/2027-03-16"},
        {"date_status": "maybe"},
        {"agenda": [{"number": "1"}]},
        {"participants": {"people": 2**53}},
        {"participants": {"people": 5, "guests": 1}},
        {"history": [{"date": "2027", "date_status": "off"}]},
        {"documents": [{"title": {"en": "Paper"}, "url": "javascript:alert(1)"}]},
        {"title": {"en": "Two\nlines"}},
        {"place": {"english": "Port"}},
    ],
)
async def test_a_meeting_that_is_none_is_refused_and_says_where(standing: Served, wrong: dict[str, Any]) -> None:
    answer = await standing.call("officer", "POST", "meetings", json={**full(WHOLE), "slug": "refused", **wrong})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-input")
    assert answer.json()["errors"][0]["field"].startswith(f"body.{next(iter(wrong))}")
    assert await registering.slugs(standing, MEETINGS, slug="refused") == []

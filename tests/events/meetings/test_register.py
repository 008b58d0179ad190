"""Meetings and their series over HTTP."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

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

"""The list of meetings in its three parts, and the page of one meeting."""

from __future__ import annotations

import datetime

import httpx2
import pytest

from aep_shared.contracts.events.meeting import EXAMPLE, Meeting
from aep_website.pages.public import meetings
from tests.website.conftest import Network
from tests.website.reading import seen

MEETINGS = "/api/events/v1/meetings"
RELATED = f"/api/search/v1/records/meeting/{EXAMPLE.slug}/related"
TODAY = datetime.date(2026, 6, 15)


def meeting(slug: str, date: str | None, date_status: str = "confirmed") -> Meeting:
    title = {"en": f"The {slug}"}
    return EXAMPLE.model_copy(update={"slug": slug, "title": title, "date": date, "date_status": date_status})


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meetings, "today", lambda: TODAY)


def listed(network: Network, *records: Meeting) -> None:
    network.says("GET", MEETINGS, {"items": [record.model_dump(mode="json") for record in records], "next": None})


def shown(network: Network, **changed: object) -> None:
    record = EXAMPLE.model_copy(update=changed).model_dump(mode="json")
    network.says("GET", f"{MEETINGS}/{EXAMPLE.slug}", record)


async def test_what_is_to_come_stands_before_what_was(visitor: httpx2.AsyncClient, network: Network) -> None:
    listed(
        network,
        meeting("dinner", "2026-06-14"),
        meeting("workshop", "2027-03-16/2027-03-17"),
        meeting("moved", None, "postponed"),
        meeting("forum", "2026-06-15"),
        meeting("opening", "2008-05-05/2008-05-06"),
    )
    page = seen(await visitor.get("/en/meetings"))
    assert page.to("/en/meetings/") == ["The forum", "The workshop", "The moved", "The dinner", "The opening"]
    for words in ("To come 2 The forum", "Without a date 1 The moved no date set", "Past 2 The dinner 14 June 2026"):
        assert words in page.words
    assert page.leads("Subscribe to the calendar (.ics)") == "/api/events/v1/meetings.ics"


async def test_a_list_without_meetings_has_no_parts(visitor: httpx2.AsyncClient) -> None:
    page = seen(await visitor.get("/en/meetings"))
    assert page.words.endswith("Subscribe to the calendar (.ics)")


async def test_the_list_needs_the_service_of_meetings(visitor: httpx2.AsyncClient, network: Network) -> None:
    network.says("GET", MEETINGS, {"code": "database-away", "detail": "x"}, 503)
    answer = await visitor.get("/en/meetings")
    assert answer.status_code == 503
    assert "A part of the site is away" in answer.text


@pytest.mark.parametrize(
    ("date", "ahead"),
    [
        ("2026-06-15", True),
        ("2026-06-14", False),
        ("2026-06-13/2026-06-15", True),
        ("2026-06", True),
        ("2026-05", False),
        ("2026", True),
        ("2026-03/..", True),
        ("../2026-06-14", False),
    ],
)
def test_a_meeting_is_to_come_until_the_last_day_that_it_may_have(date: str, ahead: bool) -> None:
    found = meeting("forum", date, "planned")
    assert [found] == (meetings.coming if ahead else meetings.past)([found])
    assert (meetings.past if ahead else meetings.coming)([found]) == []


def test_a_cancelled_meeting_is_not_to_come() -> None:
    found = meeting("forum", "2027-01-01", "cancelled")
    assert meetings.coming([found]) == []
    assert meetings.past([found]) == [found]


def test_a_meeting_without_a_date_neither_was_nor_is_to_come() -> None:
    found = [meeting("moved", None, "postponed"), meeting("off", None, "cancelled")]
    assert meetings.coming(found) == meetings.past(found) == []


def test_the_next_meeting_and_the_latest_are_first_whatever_order_they_are_told_in() -> None:
    ahead = [
        meeting("year", "2027"),
        meeting("month", "2027-01"),
        meeting("b", "2027-01-01"),
        meeting("a", "2027-02-01"),
        meeting("b-too", "2027-02-01"),
    ]
    in_order = ["b", "month", "year", "a", "b-too"]
    assert [m.slug for m in meetings.coming(reversed(ahead))] == in_order
    over = [meeting(slug, date) for slug, date in (("old", "2008"), ("new", "2025-01-02"), ("b", "2008"))]
    assert [m.slug for m in meetings.past(over)] == ["new", "old", "b"]


async def test_a_meeting_is_told_in_words(visitor: httpx2.AsyncClient, network: Network) -> None:
    shown(network, group="standing-working-group", online=True, note={"en": "Dates differ between sources."})
    names = [
        {"type": kind, "slug": slug, "former_slugs": former, "name": {"en": name}, "kind": None}
        for kind, slug, former, name in [
            ("partner", "new-partner", ["demo-partner"], "Demo Partner"),
            ("organisation", "demo-lantern-institute", [], "Lantern Institute"),
            ("meeting", "asemme10", [], "Tenth meeting"),
            ("series", "demo-meetings", [], "Demo meetings"),
        ]
    ]
    network.says("GET", RELATED, {"names": names})
    page = seen(await visitor.get(f"/en/meetings/{EXAMPLE.slug}"))
    for words in (
        "Demo workshop on study visits 16–17 March 2027 confirmed Before the journey",
        "Kind seminar Demo meetings",
        "Place Port Example online",
        "Group standing working group",
        "Took part about 60 people, 9 partners, 4 stakeholders",
        "Earlier dates February–March 2027 (days not set) planned",
        "Texts demo conclusions",
        "Agenda 1 What hosts need",
        "Dates differ between sources.",
    ):
        assert words in page.words
    assert page.leads("Demo Partner") == "/en/partners/new-partner"
    assert page.leads("Lantern Institute") == "/en/organisations/demo-lantern-institute"
    assert page.leads("Tenth meeting") == "/en/meetings/asemme10"
    assert page.leads("standing working group") is None
    assert page.leads("Add to a calendar (.ics)") == f"{MEETINGS}/{EXAMPLE.slug}.ics"


async def test_a_meeting_of_which_little_is_known_has_no_empty_facts(
    visitor: httpx2.AsyncClient, network: Network
) -> None:
    bare = Meeting(id=EXAMPLE.id, slug=EXAMPLE.slug, title={"en": "Bare"}, kind="asemme", date_status="postponed")
    network.says("GET", f"{MEETINGS}/{EXAMPLE.slug}", bare.model_dump(mode="json"))
    network.says("GET", RELATED, {})
    page = seen(await visitor.get(f"/en/meetings/{EXAMPLE.slug}"))
    assert page.words == (
        "Meetings Bare no date set postponed Kind ministers’ meeting Calendar Add to a calendar (.ics)"
    )


async def test_a_meeting_does_not_prepare_itself(visitor: httpx2.AsyncClient, network: Network) -> None:
    shown(network, cycle=EXAMPLE.slug)
    assert "Prepares" not in seen(await visitor.get(f"/en/meetings/{EXAMPLE.slug}")).words
    shown(network)
    assert "Prepares asemme10" in seen(await visitor.get(f"/en/meetings/{EXAMPLE.slug}")).words


async def test_a_text_that_the_meeting_and_the_search_name_is_shown_once(
    visitor: httpx2.AsyncClient, network: Network
) -> None:
    elsewhere = {"title": {"en": "A paper"}, "url": "https://paper.example/"}
    record = EXAMPLE.model_dump(mode="json")
    network.says("GET", f"{MEETINGS}/{EXAMPLE.slug}", {**record, "documents": [*record["documents"], elsewhere]})
    publication = {"slug": "demo-conclusions", "title": {"en": "The conclusions"}}
    name = {"type": "publication", "former_slugs": [], "name": {"en": "The same again"}, "kind": None}
    network.says("GET", RELATED, {"publications": [publication], "names": [{**name, "slug": publication["slug"]}]})
    page = seen(await visitor.get(f"/en/meetings/{EXAMPLE.slug}"))
    assert page.to("/en/publications/demo-conclusions") == ["The conclusions"]
    assert page.leads("A paper") == "https://paper.example/"


async def test_a_renamed_meeting_leads_to_its_present_page(visitor: httpx2.AsyncClient, network: Network) -> None:
    shown(network)
    network.answers["GET", f"{MEETINGS}/old"] = lambda _request: httpx2.Response(
        308, headers={"Location": f"{MEETINGS}/{EXAMPLE.slug}"}
    )
    answer = await visitor.get("/en/meetings/old")
    assert (answer.status_code, answer.headers["location"]) == (308, f"/en/meetings/{EXAMPLE.slug}")


async def test_a_meeting_that_is_not_known_has_no_page(visitor: httpx2.AsyncClient) -> None:
    answer = await visitor.get("/en/meetings/nothing")
    assert answer.status_code == 404
    assert "There is no such page" in answer.text

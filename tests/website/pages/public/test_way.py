"""The way of an update: each station says whether it was reached, whichever service is away."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx2
import pytest

from aep_shared.contracts.registry.update import EXAMPLE
from aep_shared.contracts.topics import UPDATE
from tests.website.conftest import Network
from tests.website.reading import seen
from tests.website.records import STORED
from tests.website.visitors import UPDATES

ADDRESS = f"{UPDATES}/{EXAMPLE.id}"
PAGE = f"/en/way/{EXAMPLE.id}"
FEED, ISSUES = "/api/notifications/v1/feed.atom", "/api/notifications/v1/issues"
READERS = ("search", "notifications", "reports")
WRITTEN = datetime(2026, 6, 3, 9, 30, 0, 250_000, tzinfo=UTC)
VERSION = int(WRITTEN.timestamp() * 1_000_000)
APPROVED = {**EXAMPLE.model_dump(mode="json"), "state": "approved", "updated_at": "2026-06-03T09:30:00Z"}
AWAY = {"code": "database-away", "detail": "x"}
ENTRY = f"<entry><id>urn:uuid:{EXAMPLE.id}</id><updated>2026-06-03T09:30:02+00:00</updated></entry>"
OTHER = "<entry><id>urn:uuid:another</id><updated>2026-06-03T09:30:09+00:00</updated></entry>"
ISSUE = {**STORED, "state": "sent", "sent_at": "2026-07-01T10:00:00Z", "items": [{"id": str(EXAMPLE.id)}]}


def applied(service: str) -> str:
    return f"/api/{service}/v1/events/{UPDATE.name}/{EXAMPLE.id}"


def feed(network: Network, *entries: str) -> None:
    content = f'<feed xmlns="http://www.w3.org/2005/Atom"><id>x</id>{"".join(entries)}</feed>'
    network.answers["GET", FEED] = lambda _request: httpx2.Response(200, text=content)


@pytest.fixture(autouse=True)
def arrived(network: Network) -> None:
    """An update that has reached everything."""
    network.says("GET", ADDRESS, APPROVED)
    for second, service in enumerate(READERS, 1):
        event = {"version": VERSION, "applied_at": f"2026-06-03T09:30:0{second}Z", "derived_at": None}
        if service == "search":
            event["derived_at"] = "2026-06-03T09:30:04.5Z"
        network.says("GET", applied(service), event)
    feed(network, OTHER, ENTRY)
    network.says("GET", ISSUES, {"items": [{**ISSUE, "id": "0198", "items": []}, ISSUE]})


async def way(visitor: httpx2.AsyncClient) -> tuple[str, dict[str, bool]]:
    """The words of the page, and which stations were reached, in their order."""
    answer = await visitor.get(PAGE)
    assert answer.status_code == 200
    stations = answer.text.split('<li class="')[1:]
    reached = {s.partition("<h2>")[2].partition("</h2>")[0]: s.startswith("reached") for s in stations}
    return seen(answer).words, reached


async def test_what_has_reached_everything_says_when(visitor: httpx2.AsyncClient) -> None:
    words, reached = await way(visitor)
    assert list(reached.items()) == [
        ("Approved", True),
        ("In the outbox", True),
        ("Read from the topic", True),
        ("In the search index", True),
        ("In the feed", True),
        ("In the newsletter", True),
    ]
    for said in (
        "First visits are booked, about demo lantern exchange 3",
        "Approved 3 June 2026, 09:30:00.000 UTC",
        f"In the outbox 3 June 2026, 09:30:00.250 UTC, version {VERSION}",
        "publishes it to the topic aep.registry.update.v1.",
        "search: 3 June 2026, 09:30:01.000 UTC notifications: 3 June 2026, 09:30:02.000 UTC",
        "In the search index 3 June 2026, 09:30:04.500 UTC",
        "In the feed 3 June 2026, 09:30:02.000 UTC",
        "In the newsletter Stored title sent 1 July 2026, 10:00:00.000 UTC",
    ):
        assert said in words


async def test_stations_lead_to_where_the_update_is_seen(visitor: httpx2.AsyncClient) -> None:
    page = seen(await visitor.get(PAGE))
    assert page.leads("First visits are booked") == f"/en/updates/{EXAMPLE.id}"
    assert page.leads("3 June 2026, 09:30:04.500 UTC") == "/en/search?q=First+visits+are+booked&type=update"
    assert page.leads("3 June 2026, 09:30:02.000 UTC") == FEED
    assert page.leads("Stored title") == "/en/newsletter/0199"
    assert page.leads("Look again") == PAGE


async def test_what_was_just_approved_waits_everywhere(visitor: httpx2.AsyncClient, network: Network) -> None:
    for service in READERS:
        network.says("GET", applied(service), {"code": "event-not-applied", "detail": "x"}, 404)
    feed(network)
    network.says("GET", ISSUES, {"items": []})
    words, reached = await way(visitor)
    assert [station for station, there in reached.items() if there] == ["Approved"]
    for said in (
        "Not seen by any reader yet.",
        "search: not yet, or away; nothing is lost notifications: not yet",
        "Being published. Look again in a moment.",
        "Not among the newest fifty, or being published.",
        "Waits for the next issue.",
    ):
        assert said in words


@pytest.mark.parametrize("away", READERS)
async def test_a_reader_that_is_away_hides_no_other(visitor: httpx2.AsyncClient, network: Network, away: str) -> None:
    network.says("GET", applied(away), AWAY, 503)
    words, reached = await way(visitor)
    assert f"{away}: not yet, or away; nothing is lost" in words
    assert words.count("not yet, or away") == 1
    assert f"version {VERSION}" in words
    assert [station for station, there in reached.items() if not there] == (
        ["In the search index"] if away == "search" else []
    )


async def test_what_the_search_has_read_is_not_in_the_index_yet(visitor: httpx2.AsyncClient, network: Network) -> None:
    event = {"version": VERSION, "applied_at": "2026-06-03T09:30:01Z", "derived_at": None}
    network.says("GET", applied("search"), event)
    words, reached = await way(visitor)
    assert "search: 3 June 2026, 09:30:01.000 UTC" in words
    assert not reached["In the search index"]


@pytest.mark.parametrize("content", [None, "<feed", ENTRY.replace("2026-06-03T", "someday ")])
async def test_a_feed_that_cannot_be_read_is_away(
    visitor: httpx2.AsyncClient, network: Network, content: str | None
) -> None:
    if content is None:
        network.says("GET", FEED, AWAY, 503)
    elif content.startswith("<entry"):
        feed(network, content)
    else:
        network.answers["GET", FEED] = lambda _request: httpx2.Response(200, text=content)
    words, reached = await way(visitor)
    assert "The feed is away; nothing is lost." in words
    assert [station for station, there in reached.items() if not there] == ["In the feed"]


async def test_a_feed_of_others_has_it_not(visitor: httpx2.AsyncClient, network: Network) -> None:
    feed(network, OTHER)
    words, reached = await way(visitor)
    assert "Not among the newest fifty, or being published." in words
    assert not reached["In the feed"]


@pytest.mark.parametrize("status", [404, 503])
async def test_issues_that_are_away_hide_nothing_else(
    visitor: httpx2.AsyncClient, network: Network, status: int
) -> None:
    network.says("GET", ISSUES, AWAY, status)
    words, reached = await way(visitor)
    assert "The newsletter is away; nothing is lost." in words
    assert "Waits for the next issue." not in words
    assert [station for station, there in reached.items() if not there] == ["In the newsletter"]


@pytest.mark.parametrize(
    ("state", "address"),
    [
        ("draft", "/en/issues/0199"),
        ("approved", "/en/issues/0199"),
        ("sending", "/en/newsletter/0199"),
        ("sent", "/en/newsletter/0199"),
    ],
)
async def test_an_issue_is_public_once_it_is_being_sent(
    visitor: httpx2.AsyncClient, network: Network, state: str, address: str
) -> None:
    network.says("GET", ISSUES, {"items": [{**ISSUE, "state": state, "sent_at": None}]})
    page = seen(await visitor.get(PAGE))
    assert page.leads("Stored title") == address
    assert f"Stored title {state} " in page.words


@pytest.mark.parametrize("state", ["draft", "submitted", "returned", "withdrawn"])
async def test_what_is_not_approved_has_no_way(visitor: httpx2.AsyncClient, network: Network, state: str) -> None:
    network.says("GET", ADDRESS, {**APPROVED, "state": state})
    answer = await visitor.get(PAGE)
    assert answer.status_code == 404
    assert "First visits" not in answer.text


@pytest.mark.parametrize(("status", "shown"), [(404, 404), (422, 404), (503, 503)])
async def test_an_update_that_cannot_be_read_has_no_way(
    visitor: httpx2.AsyncClient, network: Network, status: int, shown: int
) -> None:
    network.says("GET", ADDRESS, AWAY, status)
    assert (await visitor.get(PAGE)).status_code == shown

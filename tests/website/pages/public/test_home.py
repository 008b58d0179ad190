"""The front page: how much there is, what is new, which meetings are next."""

from __future__ import annotations

import datetime
from typing import Any

import httpx2
import pytest

from aep_shared.contracts.events.meeting import EXAMPLE as MEETING
from aep_shared.contracts.registry.update import EXAMPLE as UPDATE
from aep_website.pages.public import meetings
from tests.website.conftest import Network
from tests.website.reading import Seen, seen
from tests.website.visitors import UPDATES, sent

SEARCH, NAMES = "/api/search/v1/search", "/api/search/v1/names"
MEETINGS, LISTS = "/api/events/v1/meetings", "/api/notifications/v1/lists"


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meetings, "today", lambda: datetime.date(2026, 6, 15))


def name(kind: str, slug: str, of: str | None = None) -> dict[str, Any]:
    return {"type": kind, "slug": slug, "former_slugs": [], "name": {"en": slug.capitalize()}, "kind": of}


def meeting(slug: str, date: str | None, date_status: str = "confirmed") -> dict[str, Any]:
    changed = {"slug": slug, "title": {"en": slug.capitalize()}, "date": date, "date_status": date_status}
    return {**MEETING.model_dump(mode="json"), **changed}


async def home(visitor: httpx2.AsyncClient) -> Seen:
    answer = await visitor.get("/en/")
    assert answer.status_code == 200
    return seen(answer)


async def test_a_platform_without_records_says_so(visitor: httpx2.AsyncClient) -> None:
    page = await home(visitor)
    assert "0 Partners 0 Initiatives 0 Meetings 0 Paragraphs" in page.words
    assert "What is new No update yet. All updates" in page.words
    assert "Next meetings No meeting is planned. All meetings" in page.words


async def test_what_there_is_is_counted_and_leads_to_its_list(visitor: httpx2.AsyncClient, network: Network) -> None:
    types = {"initiative": 12, "meeting": 5, "paragraph": 900, "update": 7}
    facets = {"type": [{"value": kind, "count": count} for kind, count in types.items()]}
    nothing = {"items": [], "next": None, "total": {"value": 0, "relation": "exact"}}
    network.says("GET", SEARCH, {**nothing, "facets": facets})
    partners = [name("partner", "austria", "country"), name("partner", "flanders", "community"), name("group", "swg")]
    network.says("GET", NAMES, {"items": [*partners, name("partner", "asean", "institution")], "next": None})
    page = await home(visitor)
    assert "2 Partners 12 Initiatives 5 Meetings 900 Paragraphs" in page.words
    assert page.leads("2 Partners") == "/en/partners"
    assert page.leads("900 Paragraphs") == "/en/publications"


async def test_the_newest_updates_are_named_with_what_they_are_about(
    visitor: httpx2.AsyncClient, network: Network
) -> None:
    approved = {**UPDATE.model_dump(mode="json"), "state": "approved", "updated_at": "2026-06-03T09:30:00Z"}
    network.says("GET", UPDATES, {"items": [approved], "next": "more"})
    network.says("GET", NAMES, {"items": [name("initiative", UPDATE.about.slug)], "next": None})
    page = await home(visitor)
    assert "First visits are booked 3 June 2026 · progress · Demo-lantern-exchange-3 Twelve pairs" in page.words
    assert page.leads("First visits are booked") == f"/en/updates/{UPDATE.id}"
    assert page.leads("Demo-lantern-exchange-3") == f"/en/initiatives/{UPDATE.about.slug}"
    (asked,) = sent(network, "GET", UPDATES)
    assert dict(asked.url.params) == {"state": "approved", "sort": "-approved", "limit": "4"}


async def test_the_next_four_meetings_are_shown_and_none_that_is_over_cancelled_or_without_a_date(
    visitor: httpx2.AsyncClient, network: Network
) -> None:
    ahead = [meeting(slug, f"2027-0{month}-01") for month, slug in enumerate("edcba", 1)]
    others = [
        meeting("over", "2026-06-14"),
        meeting("off", "2026-07-01", "cancelled"),
        meeting("moved", None, "postponed"),
    ]
    network.says("GET", MEETINGS, {"items": [*reversed(ahead), *others], "next": None})
    page = await home(visitor)
    assert page.to("/en/meetings/") == ["E", "D", "C", "B"]
    assert "E 1 January 2027, Port Example" in page.words
    assert page.leads("Calendar (.ics)") == "/api/events/v1/meetings.ics"


@pytest.mark.parametrize(("lists", "choice"), [(("newsletter",), False), (("newsletter", "calls"), True)])
async def test_whoever_subscribes_chooses_among_lists_where_there_are_several(
    visitor: httpx2.AsyncClient, network: Network, lists: tuple[str, ...], choice: bool
) -> None:
    items = [{"slug": slug, "title": {"en": f"About {slug}"}, "description": {}} for slug in lists]
    network.says("GET", LISTS, {"items": items})
    answer = await visitor.get("/en/")
    assert ("About what About newsletter About calls" in seen(answer).words) == choice
    assert ('value="newsletter" checked>' in answer.text) == choice
    assert 'value="calls" checked' not in answer.text


async def test_names_that_are_away_leave_slugs(visitor: httpx2.AsyncClient, network: Network) -> None:
    """An older search service does not know the question."""
    approved = {**UPDATE.model_dump(mode="json"), "state": "approved", "updated_at": "2026-06-03T09:30:00Z"}
    network.says("GET", UPDATES, {"items": [approved], "next": None})
    network.says("GET", NAMES, {"code": "not-found", "detail": "x"}, 404)
    page = await home(visitor)
    assert "progress · demo lantern exchange 3 Twelve pairs" in page.words
    assert page.leads("demo lantern exchange 3") is None
    assert "0 Initiatives" in page.words
    assert "Partners 0 Initiatives" not in page.words


@pytest.mark.parametrize("address", [SEARCH, UPDATES, LISTS, MEETINGS])
async def test_a_front_page_that_would_lack_a_part_says_that_a_part_is_away(
    visitor: httpx2.AsyncClient, network: Network, address: str
) -> None:
    network.says("GET", address, {"code": "database-away", "detail": "x"}, 503)
    answer = await visitor.get("/en/")
    assert answer.status_code == 503
    assert "A part of the site is away" in seen(answer).words

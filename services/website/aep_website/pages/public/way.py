"""The way of an update: what each part of the platform publicly shows of it, and when."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

from starlette.responses import Response

from aep_shared.contracts.topics import UPDATE
from aep_website.client import ApiAway, ApiProblem, Record, together
from aep_website.lookups import NOTIFICATIONS, REPORTS, SEARCH, UPDATES, names
from aep_website.pages.public.updates import ABOUT
from aep_website.routing import shows
from aep_website.visit import NotHere, Visit

READERS = {"search": SEARCH, "notifications": NOTIFICATIONS, "reports": REPORTS}
_ATOM = "{http://www.w3.org/2005/Atom}"


async def way(visit: Visit) -> Response:
    """From the approval at the registry to the index, the feed and the newsletter."""
    update = await visit.found(f"{UPDATES}/{visit.named('id')}")
    if update["state"] != "approved":
        raise NotHere()
    entry, issue, known, *applied = await together(
        _in_feed(visit, update),
        _in_issue(visit, update),
        names(visit, *ABOUT),
        *(_applied(visit, service, update) for service in READERS.values()),
    )
    readers = dict(zip(READERS, applied, strict=True))
    event = next((found for found in applied if found), None)
    return visit.page(
        "public/way.html",
        update=update,
        names=known,
        entry=entry,
        issue=issue,
        readers=readers,
        topic=UPDATE.name,
        event=event,
        written_at=_moment(event) if event else None,
    )


async def _applied(visit: Visit, service: str, update: Record) -> Record | None:
    """What a service says of the newest event of the update; `None` where it has none yet, or is away."""
    try:
        found: Record = await visit.read(f"{service}/events/{UPDATE.name}/{update['id']}")
    except (ApiAway, ApiProblem):
        return None
    return found


def _moment(event: Record) -> str:
    """The moment of the change, which its version is made of."""
    return datetime.fromtimestamp(event["version"] / 1_000_000, UTC).isoformat()


async def _in_feed(visit: Visit, update: Record) -> str | None:
    """The time in its feed entry; an empty text where the feed has none, `None` where the feed is away."""
    try:
        answer = await visit.site.api.fetch(f"{NOTIFICATIONS}/feed.atom", visit.caller)
        feed = ElementTree.fromstring(answer.content)  # noqa: S314 - the platform's own feed
    except (ApiAway, ApiProblem, ElementTree.ParseError):
        return None
    for entry in feed.iter(f"{_ATOM}entry"):
        if entry.findtext(f"{_ATOM}id") == f"urn:uuid:{update['id']}":
            return entry.findtext(f"{_ATOM}updated") or ""
    return ""


async def _in_issue(visit: Visit, update: Record) -> Record | None:
    """The sent issue that holds it."""
    try:
        issues: Any = await visit.read(f"{NOTIFICATIONS}/issues")
    except (ApiAway, ApiProblem):
        return None
    holding = (i for i in issues["items"] if any(item.get("id") == update["id"] for item in i["items"]))
    return next(holding, None)


PAGES = (shows("/way/{id}", way),)

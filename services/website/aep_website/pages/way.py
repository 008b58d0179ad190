"""The way of an update: what each part of the platform publicly shows of it, and when."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

from starlette.responses import Response

from aep_website.client import ApiAway, ApiProblem, Record, together
from aep_website.lookups import NOTIFICATIONS, SEARCH, UPDATES, names
from aep_website.pages.updates import ABOUT
from aep_website.routing import shows
from aep_website.visit import NotHere, Visit

_ATOM = "{http://www.w3.org/2005/Atom}"


async def way(visit: Visit) -> Response:
    """From the approval at the registry to the index, the feed and the newsletter."""
    update = await visit.found(f"{UPDATES}/{visit.named('id')}")
    if update["state"] != "approved":
        raise NotHere()
    found, entry, issue, known = await together(
        _in_search(visit, update), _in_feed(visit, update), _in_issue(visit, update), names(visit, *ABOUT)
    )
    event = _event(visit.caller.after, update["id"])
    return visit.page("way.html", update=update, names=known, found=found, entry=entry, issue=issue, event=event)


async def _in_search(visit: Visit, update: Record) -> bool | None:
    """Whether the index has it; `None` where the search is away."""
    title = next(iter(update["title"].values()))
    try:
        answer = await visit.read(f"{SEARCH}/search", q=title, type="update", limit=50)
    except (ApiAway, ApiProblem):
        return None
    return any(item["id"] == update["id"] for item in answer["items"])


async def _in_feed(visit: Visit, update: Record) -> str | None:
    """The time in its feed entry; an empty text where the feed has none, `None` where the feed is away."""
    try:
        answer = await visit.site.api.fetch(f"{NOTIFICATIONS}/feed.atom", visit.caller)
        feed = ElementTree.fromstring(answer.content)
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


def _event(after: str | None, update_id: str) -> str | None:
    """The version of the event that this browser's own approval published a moment ago."""
    parts = (after or "").split("/")
    return parts[2] if len(parts) == 3 and parts[1] == update_id else None


PAGES = (shows("/way/{id}", way),)

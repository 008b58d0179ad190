"""The way of an update: what each part of the platform publicly shows of it, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree import ElementTree

from starlette.responses import Response

from aep_shared.contracts.topics import UPDATE
from aep_website.answers import applied, notifications, registry
from aep_website.answers.applied import AppliedEvent
from aep_website.answers.notifications import Issue
from aep_website.answers.registry import Update
from aep_website.client import ApiAway, ApiProblem, together
from aep_website.lookups import names
from aep_website.pages.public.updates import ABOUT
from aep_website.routing import shows
from aep_website.visit import NotHere, Visit

READERS = {"search": applied.SEARCH, "notifications": applied.NOTIFICATIONS, "reports": applied.REPORTS}
_ATOM = "{http://www.w3.org/2005/Atom}"


@dataclass(frozen=True, slots=True)
class InFeed:
    """When the feed took an update up, if it did; `away` where the feed cannot be read now."""

    at: datetime | None = None
    away: bool = False


@dataclass(frozen=True, slots=True)
class InNewsletter:
    """The issue that holds the update, if one does; `away` where the issues cannot be read now."""

    issue: Issue | None = None
    away: bool = False


async def way(visit: Visit) -> Response:
    """From the approval at the registry to the index, the feed and the newsletter."""
    update = await visit.found(registry.UPDATE.of(update_id=visit.named("id")))
    if update.state != "approved":
        raise NotHere()
    feed, newsletter, known, events = await together(
        _in_feed(visit, update),
        _in_issue(visit, update),
        names(visit, *ABOUT),
        together(*(_applied(visit, service, update) for service in READERS)),
    )
    readers = dict(zip(READERS, events, strict=True))
    event = next((found for found in events if found), None)
    return visit.page(
        "public/way.html",
        update=update,
        names=known,
        feed=feed,
        newsletter=newsletter,
        readers=readers,
        topic=UPDATE.name,
        event=event,
        written_at=_moment(event) if event else None,
    )


async def _applied(visit: Visit, service: str, update: Update) -> AppliedEvent | None:
    """What a service says of the newest event of the update; `None` where it has none yet, or is away."""
    try:
        return await visit.read(READERS[service].of(type=UPDATE.name, key=update.id))
    except (ApiAway, ApiProblem):
        return None


def _moment(event: AppliedEvent) -> datetime:
    """The moment of the change, which its version is made of."""
    return datetime.fromtimestamp(event.version / 1_000_000, UTC)


async def _in_feed(visit: Visit, update: Update) -> InFeed:
    """What the entry of the update in the feed says."""
    try:
        answer = await visit.site.api.fetch(notifications.FEED, visit.caller)
        feed = ElementTree.fromstring(answer.content)  # noqa: S314 - the platform's own feed
        for entry in feed.iter(f"{_ATOM}entry"):
            if entry.findtext(f"{_ATOM}id") == f"urn:uuid:{update.id}":
                return InFeed(datetime.fromisoformat(entry.findtext(f"{_ATOM}updated") or ""))
    except (ApiAway, ApiProblem, ElementTree.ParseError, ValueError):
        return InFeed(away=True)
    return InFeed()


async def _in_issue(visit: Visit, update: Update) -> InNewsletter:
    """The sent issue that holds it."""
    try:
        issues = await visit.read(notifications.ISSUES)
    except (ApiAway, ApiProblem):
        return InNewsletter(away=True)
    holding = (issue for issue in issues.items if any(item.id == update.id for item in issue.items))
    return InNewsletter(next(holding, None))


PAGES = (shows("/way/{id}", way),)

"""Pages that explain: the API, problem codes, and this site."""

from __future__ import annotations

from starlette.responses import Response

from aep_shared.contracts.topics import SERVICES
from aep_website.dates import N_
from aep_website.problems import EXPLAINED
from aep_website.routing import shows
from aep_website.visit import NotHere, Visit

_KEEPS = {
    "registry": N_("Partners, organisations, groups, frameworks, glossary, initiatives, updates; people and roles."),
    "events": N_("Meetings, their series, and calendars (iCalendar)."),
    "search": N_("Publications with every paragraph, and the search over everything that is public."),
    "notifications": N_("Subscriptions, newsletter issues, and the feed of approved updates (Atom)."),
    "reports": N_("Runs of the stocktaking report and their files."),
}


async def api(visit: Visit) -> Response:
    """The services and where their descriptions are."""
    services = [(name, visit.gettext(_KEEPS.get(name, ""))) for name in SERVICES]
    return visit.page("public/api.html", services=services)


async def all_problems(visit: Visit) -> Response:
    """All problem codes that are explained."""
    table = [(code, visit.gettext(text)) for code, text in sorted(EXPLAINED.items())]
    return visit.page("public/problems.html", table=table)


async def problem(visit: Visit) -> Response:
    """One problem code."""
    code = visit.request.path_params["code"]
    if code not in EXPLAINED:
        raise NotHere()
    return visit.page("public/problem.html", code=code, text=visit.gettext(EXPLAINED[code]))


PAGES = (shows("/api", api), shows("/problems", all_problems), shows("/problems/{code}", problem))

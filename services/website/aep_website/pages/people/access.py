"""One's own access: the roles that one has, and signing out everywhere."""

from __future__ import annotations

from starlette.responses import Response

from aep_website.answers import registry
from aep_website.lookups import names
from aep_website.routing import acts, shows
from aep_website.visit import Visit

OF_RECORDS = ("initiative", "partner", "group")


async def show(visit: Visit) -> Response:
    """The roles of whoever is signed in, each with its record and its end."""
    visit.need()
    return visit.page("people/access.html", names=await names(visit, *OF_RECORDS))


async def sign_out_everywhere(visit: Visit) -> Response:
    """Ends every session of this person, on every device, this one included."""
    visit.need()
    await visit.write("POST", f"{registry.URL}/session/end-all")
    visit.forget()
    return visit.page(
        "message.html",
        title=visit.gettext("Signed out everywhere"),
        text=visit.gettext("Every session of yours has ended, on this and on all other devices."),
    )


PAGES = (shows("/access", show), acts("/access/end", sign_out_everywhere))

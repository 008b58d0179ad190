"""The built-in mailbox, for the operator of an installation without a mail server."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from starlette.responses import Response

from aep_website.lookups import NOTIFICATIONS
from aep_website.routing import shows
from aep_website.visit import Visit

_ADDRESS = re.compile(r"https?://[^\s<>\"]+")


async def mailbox(visit: Visit) -> Response:
    """The newest mails, to everybody or to one address; links of this site can be followed."""
    visit.need("operator")
    to = visit.request.query_params.get("to", "").strip()
    mails = (await visit.found(f"{NOTIFICATIONS}/mailbox", to=to or None))["items"]
    for mail in mails:
        mail["pieces"] = pieces(mail["text"], visit.site.settings.origin)
    return visit.page("mailbox.html", mails=mails, to=to)


def pieces(text: str, origin: str) -> list[tuple[str, str | None]]:
    """The text in pieces, each with the address it leads to: only pages of this site become links."""
    found: list[tuple[str, str | None]] = []
    end = 0
    for match in _ADDRESS.finditer(text):
        address = match.group().rstrip(".,;)")
        if "/".join(address.split("/", 3)[:3]) != origin:
            continue
        parts = urlsplit(address)
        found += [(text[end : match.start()], None), (address, parts.path + (f"?{parts.query}" if parts.query else ""))]
        end = match.start() + len(address)
    return [*found, (text[end:], None)]


PAGES = (shows("/mailbox", mailbox),)

"""The built-in mailbox, for the operator of the machine of an installation without a mail server."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from starlette.responses import Response

from aep_website.answers import notifications
from aep_website.headers import mail_document, with_frames
from aep_website.routing import shows
from aep_website.visit import NotHere, NotYours, Visit

_ADDRESS = re.compile(r"https?://[^\s<>\"]+")


async def mailbox(visit: Visit) -> Response:
    """The newest mails, to everybody or to one address; links of this site can be followed."""
    visit.need("operator")
    if not visit.is_local_operator:
        raise NotYours()
    to = visit.request.query_params.get("to", "").strip()
    found = (await visit.found(notifications.MAILS, to=to or None)).items
    mails = [(mail, pieces(mail.text, visit.site.settings.origin)) for mail in found]
    return visit.page("operators/mailbox.html", mails=mails, to=to)


async def one(visit: Visit) -> Response:
    """One mail: its text, and its HTML part in a frame."""
    visit.need("operator")
    mail = await visit.found(notifications.MAIL.of(mail=visit.named("id")))
    words = pieces(mail.text, visit.site.settings.origin)
    return with_frames(visit.page("operators/mail.html", mail=mail, pieces=words))


async def html(visit: Visit) -> Response:
    """The HTML part of a mail."""
    visit.need("operator")
    mail = await visit.found(notifications.MAIL.of(mail=visit.named("id")))
    if mail.html is None:
        raise NotHere()
    return mail_document(mail.html)


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


PAGES = (shows("/mailbox", mailbox), shows("/mailbox/{id}", one), shows("/mailbox/{id}/html", html))

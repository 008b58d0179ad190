"""Signing in by mail, and signing out."""

from __future__ import annotations

from starlette.responses import Response

from aep_website import session as sessions
from aep_website.answers import registry
from aep_website.client import ApiProblem
from aep_website.forms import text
from aep_website.routing import acts, acts_for_anybody, shows
from aep_website.visit import OFFICE, Visit


async def form(visit: Visit) -> Response:
    """Asks for the mail address, or for a code that was mailed."""
    if visit.session is not None:
        return visit.go(_next(visit) or "/my")
    return _form(visit)


async def request_link(visit: Visit) -> Response:
    """Has a link and a code mailed; the answer is the same whether the address is known or not."""
    try:
        await visit.write("POST", f"{registry.URL}/sign-in", {"email": text(visit.form, "email")})
    except ApiProblem as problem:
        if problem.status != 422:
            raise
        return _form(visit, 422, visit.gettext("This is not a mail address."))
    return visit.page("people/sign_in_sent.html", next=_next(visit), error=None)


async def link_page(visit: Visit) -> Response:
    """A page with a button: mail scanners follow links, and the link works once."""
    return visit.page(
        "button.html",
        title=visit.gettext("Sign in"),
        target=str(visit.request.url.path),
        next=_next(visit),
        text=visit.gettext("Press the button to sign in. The link works once."),
        button=visit.gettext("Sign in"),
    )


async def redeem_link(visit: Visit) -> Response:
    """Signs in with the link."""
    try:
        return await _signed_in(visit, visit.request.path_params["secret"])
    except ApiProblem as problem:
        if problem.status not in (401, 422):
            raise
        return _form(visit, 401, visit.gettext("This link was used or is too old. Ask for a new one."))


async def redeem_code(visit: Visit) -> Response:
    """Signs in with a code from the mail."""
    try:
        return await _signed_in(visit, text(visit.form, "code"))
    except ApiProblem as problem:
        if problem.status not in (401, 422):
            raise
        error = visit.gettext("This code was used, is too old or has a typing mistake.")
        return visit.page("people/sign_in_sent.html", 401, next=_next(visit), error=error)


async def sign_out(visit: Visit) -> Response:
    """Ends the session here and at the registry."""
    if visit.session is not None:
        await sessions.end(visit.site.api, visit.stranger, visit.session)
    visit.forget()
    return visit.go("/")


async def _signed_in(visit: Visit, code: str) -> Response:
    visit.keep(await sessions.redeem(visit.site.api, visit.stranger, code))
    await visit.know_person()
    return visit.go(_next(visit) or _home_of(visit))


def _home_of(visit: Visit) -> str:
    if visit.has(*OFFICE):
        return "/review"
    if visit.is_local_operator:
        return "/mailbox"
    return "/my"


def _next(visit: Visit) -> str | None:
    """Where to go afterwards: a page of this site only."""
    given = text(visit.form, "next") or visit.request.query_params.get("next", "")
    return given if given.startswith("/") and not given.startswith(("//", "/\\")) else None


def _form(visit: Visit, status: int = 200, error: str | None = None) -> Response:
    return visit.page("people/sign_in.html", status, next=_next(visit), error=error)


PAGES = (
    shows("/sign-in", form),
    acts_for_anybody("/sign-in", request_link),
    acts_for_anybody("/sign-in/code", redeem_code),
    shows("/sign-in/{secret}", link_page),
    acts_for_anybody("/sign-in/{secret}", redeem_link),
    acts("/sign-out", sign_out),
)

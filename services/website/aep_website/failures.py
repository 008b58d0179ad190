"""Failures as pages of the site."""

from __future__ import annotations

import structlog
from starlette.responses import Response

from aep_shared.errors import Problem
from aep_website.client import ApiAway, ApiProblem
from aep_website.dates import N_
from aep_website.forms import FIELD, FormRefused
from aep_website.visit import NotHere, NotYours, SignInNeeded, Visit

log = structlog.get_logger()

_TITLES = {
    400: N_("This request cannot be answered"),
    403: N_("This page is not for you"),
    404: N_("There is no such page"),
    405: N_("This page does not take that"),
    409: N_("That does not fit the present state"),
    410: N_("This was withdrawn"),
    412: N_("Somebody else was faster"),
    413: N_("That is too large"),
    429: N_("That was too often"),
    422: N_("Something is missing or has the wrong form"),
    500: N_("Something went wrong"),
    503: N_("A part of the site is away"),
}
_TEXTS = {
    403: N_("You are signed in, but your roles do not include what this page is for."),
    404: N_("Nothing is at this address. The search finds paragraphs, initiatives and meetings by their words."),
    412: N_("The record was changed after you opened it. Go back, load the page again and repeat your change."),
    429: N_("Please wait a minute and try again."),
    500: N_("The failure was recorded. Should it happen again, please tell the secretariat the number below."),
    503: N_("Please try again in a moment. What you have saved is safe."),
}
_FIELDS = {
    "about": N_("About"),
    "kind": N_("Kind"),
    "title": N_("Title"),
    "text": N_("Text"),
    "links": N_("Links"),
    "introduction": N_("Introduction"),
    "note": N_("What should the author change?"),
    "reason": N_("Reason"),
    "email": N_("Mail address"),
    "name": N_("Name"),
    "role": N_("Role"),
    "until": N_("Last day"),
    "record": N_("Of which initiative, partner or group"),
}
"""What the fields are called on their pages."""
_WORKINGS = (FIELD, "revision", "action", "items", "next", "sure")
"""What forms hold that nobody typed; `place-` begins the places of an issue's updates."""


def failure_page(visit: Visit, failure: Exception) -> Response:
    """The page that says what went wrong, with the fitting status."""
    if isinstance(failure, ExceptionGroup):
        return failure_page(visit, failure.exceptions[0])
    if isinstance(failure, SignInNeeded):
        return _sign_in(visit)
    if isinstance(failure, FormRefused):
        return _page(visit, 403, _refusal(visit, str(failure)))
    if isinstance(failure, NotHere):
        return _page(visit, 404)
    if isinstance(failure, NotYours):
        return _page(visit, 403)
    if isinstance(failure, ApiAway):
        log.warning("a service is away", reason=str(failure))
        return _page(visit, 503)
    if isinstance(failure, ApiProblem):
        return _api_problem(visit, failure)
    if isinstance(failure, Problem):
        return _page(visit, failure.status, failure.detail)
    log.error("unexpected failure", exc_info=failure)
    return _page(visit, 500)


def status_page(visit: Visit, status: int) -> Response:
    """The page for a status that routing decides."""
    return _page(visit, status)


def _api_problem(visit: Visit, problem: ApiProblem) -> Response:
    if problem.status == 401:
        return _sign_in(visit)
    text = None if problem.status in (403, 404, 412, 429) else _reason(visit, problem) or problem.detail
    title = visit.gettext("This was removed") if problem.code == "record-removed" else None
    return _page(visit, problem.status if problem.status in _TITLES else 500, text, title)


def _reason(visit: Visit, problem: ApiProblem) -> str | None:
    """Why something was withdrawn or removed, where the office said it."""
    reason = problem.document.reason
    if not reason:
        return None
    if problem.code == "record-removed":
        return visit.gettext("The secretariat removed it: %(reason)s") % {"reason": reason}
    return visit.gettext("The secretariat withdrew it: %(reason)s") % {"reason": reason}


def _refusal(visit: Visit, reason: str) -> str:
    if reason == "origin":
        words = visit.gettext("Forms are only taken from pages at %(address)s. Open the page there and send it again.")
        return words % {"address": visit.site.settings.origin}
    return visit.gettext("This form belongs to another session. Load its page again; what you wrote is below.")


def _sign_in(visit: Visit) -> Response:
    """A page leads to the sign-in and back; what a form held is shown, so that it is not lost."""
    if visit.request.method == "GET":
        path = visit.request.url.path.removeprefix(f"/{visit.language}")
        return visit.go(f"/sign-in?next={path}")
    visit.forget()
    text = visit.gettext("Your sign-in has ended. Sign in again in another tab, then copy what you wrote from below.")
    return _page(visit, 401, text, title=visit.gettext("Please sign in again"))


def _page(visit: Visit, status: int, text: str | None = None, title: str | None = None) -> Response:
    fields = [
        (visit.gettext(_FIELDS.get(name, name)), value)
        for name, value in visit.form.multi_items()
        if name not in _WORKINGS and not name.startswith("place-") and value
    ]
    shown = text or visit.gettext(_TEXTS.get(status, "")) if status in _TEXTS or text else ""
    response = visit.page(
        "failure.html",
        status,
        title=title or visit.gettext(_TITLES.get(status, _TITLES[500])),
        text=shown,
        fields=fields if status in (401, 403, 409, 412, 422, 429, 500, 503) else [],
        request_id=visit.request.scope.get("aep_request_id"),
    )
    if status == 503:
        response.headers["Retry-After"] = "5"
    return response

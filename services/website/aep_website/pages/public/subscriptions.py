"""Subscribing, confirming and leaving; links in mails open a page, and only its button acts."""

from __future__ import annotations

from starlette.responses import Response

from aep_website.answers import notifications
from aep_website.client import ApiProblem, together
from aep_website.forms import text
from aep_website.routing import acts_for_anybody, shows
from aep_website.visit import Visit

SUBSCRIPTIONS = f"{notifications.URL}/subscriptions"


async def overview(visit: Visit) -> Response:
    """The form, the feeds, and the issues that were sent."""
    return await _form(visit)


async def subscribe(visit: Visit) -> Response:
    """Asks for a subscription; the answer is the same whether the address is known or not."""
    given = {
        "email": text(visit.form, "email"),
        "frequency": text(visit.form, "frequency") or "monthly",
        "languages": [visit.language],
        "lists": [str(value) for value in visit.form.getlist("lists")] or ["newsletter"],
    }
    try:
        await visit.write("POST", SUBSCRIPTIONS, given)
    except ApiProblem as problem:
        if problem.status != 422:
            raise
        error = visit.gettext("Please check the mail address: %(detail)s") % {"detail": problem.detail}
        return await _form(visit, 422, error)
    return visit.page(
        "message.html",
        title=visit.gettext("Please look into your mail"),
        text=visit.gettext(
            "A mail with a link is on its way. The subscription begins when you open that link and confirm."
        ),
    )


async def confirm_page(visit: Visit) -> Response:
    """A page with a button: whatever follows links in mails changes nothing."""
    return visit.page(
        "button.html",
        title=visit.gettext("Confirm your subscription"),
        target=visit.request.url.path,
        text=visit.gettext("Press the button, and the newsletter will reach you at the address this link was sent to."),
        button=visit.gettext("Yes, subscribe me"),
    )


async def confirm(visit: Visit) -> Response:
    """Confirms."""
    await visit.write("POST", f"{SUBSCRIPTIONS}/confirm", {"token": visit.request.path_params["token"]})
    return visit.page(
        "message.html",
        title=visit.gettext("You are subscribed"),
        text=visit.gettext("Each mail ends with a link by which you can leave with one click."),
    )


async def leave_page(visit: Visit) -> Response:
    """A page with a button, for the same reason."""
    return visit.page(
        "button.html",
        title=visit.gettext("Leave the newsletter"),
        target=visit.request.url.path,
        text=visit.gettext("Press the button, and no further mail will be sent to you."),
        button=visit.gettext("Yes, unsubscribe me"),
    )


async def leave(visit: Visit) -> Response:
    """Leaves all lists."""
    token = visit.request.path_params["token"]
    await visit.write("POST", f"{SUBSCRIPTIONS}/unsubscribe", {"token": token})
    return visit.page(
        "message.html",
        title=visit.gettext("You have left"),
        text=visit.gettext("No further newsletter will be sent to you. You can come back at any time."),
    )


async def sent_issue(visit: Visit) -> Response:
    """An issue that was sent."""
    issue = await visit.found(notifications.ISSUE.of(issue=visit.named("id")))
    return visit.page("public/sent_issue.html", issue=issue)


async def _form(visit: Visit, status: int = 200, error: str | None = None) -> Response:
    lists, issues = await together(visit.read(notifications.LISTS), visit.read(notifications.ISSUES))
    sent = [issue for issue in issues.items if issue.state in ("sending", "sent")]
    return visit.page(
        "public/subscriptions.html",
        status,
        lists=lists.items,
        issues=sent,
        error=error,
        email=text(visit.form, "email"),
    )


PAGES = (
    shows("/subscriptions", overview),
    acts_for_anybody("/subscriptions", subscribe),
    shows("/subscriptions/confirm/{token}", confirm_page),
    acts_for_anybody("/subscriptions/confirm/{token}", confirm),
    shows("/subscriptions/unsubscribe/{token}", leave_page),
    acts_for_anybody("/subscriptions/unsubscribe/{token}", leave),
    shows("/newsletter/{id}", sent_issue),
)

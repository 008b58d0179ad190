"""The working pages of whoever writes updates: a list of one's own, and the form."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from aep_website.client import ApiProblem, Record, together
from aep_website.forms import text
from aep_website.lookups import UPDATES, Names, names
from aep_website.pages.public.updates import ABOUT
from aep_website.routing import acts, shows
from aep_website.visit import OFFICE, NotHere, Visit

KINDS = ("progress", "event", "publication", "good-practice", "news")
EDITABLE = ("draft", "returned")
_OWN = {"coordinator": "initiative", "focal-point": "partner", "group-chair": "group", "group-member": "group"}


async def overview(visit: Visit) -> Response:
    """One's own updates by what is to be done with them."""
    visit.need()
    own, away, known = await together(
        visit.everything(UPDATES, author="me", sort="-updated"),
        visit.everything(UPDATES, author="me", state="withdrawn", sort="-updated"),
        names(visit, *ABOUT),
    )
    discarded = [update for update in away if update.get("discarded")]
    return visit.page("people/my.html", updates=own, discarded=discarded, names=known, subjects=subjects(visit))


async def new(visit: Visit) -> Response:
    """An empty form, about what the person answers for."""
    visit.need()
    known = await names(visit, *ABOUT)
    chosen = visit.request.query_params.get("about") or next(iter(subjects(visit)), "")
    return _form(visit, known, {"about": chosen})


async def create(visit: Visit) -> Response:
    """Saves a new draft, and submits it where that button was pressed."""
    visit.need()
    kind, _, slug = text(visit.form, "about").partition(":")
    try:
        written = await visit.write("POST", UPDATES, {"about": {"type": kind, "slug": slug}, **_given(visit)})
    except ApiProblem as problem:
        return await _again(visit, problem, None)
    return await _saved(visit, written.body)


async def show(visit: Visit) -> Response:
    """An update of one's own: the form while it can be changed, else how it stands."""
    visit.need()
    update, known = await together(visit.found(f"{UPDATES}/{visit.named('id')}"), names(visit, *ABOUT))
    if "revision" not in update:
        raise NotHere()
    if update["state"] in EDITABLE:
        return _form(visit, known, _fields(update, visit.language), update)
    return visit.page("people/my_update.html", update=update, names=known)


async def change(visit: Visit) -> Response:
    """Saves changes, and submits where that button was pressed."""
    visit.need()
    address = f"{UPDATES}/{visit.named('id')}"
    update = await visit.found(address)
    given = _given(visit)
    # Texts in other languages stay as they are.
    for name in ("title", "text"):
        given[name] = {**update[name], **given[name]}
    try:
        written = await visit.write("PATCH", address, given, text(visit.form, "revision"))
    except ApiProblem as problem:
        return await _again(visit, problem, update)
    return await _saved(visit, written.body)


async def ask_to_discard(visit: Visit) -> Response:
    """Asks before an update is discarded."""
    visit.need()
    update, known = await together(visit.found(f"{UPDATES}/{visit.named('id')}"), names(visit, *ABOUT))
    if update.get("state") not in EDITABLE or "revision" not in update:
        raise NotHere()
    return visit.page("people/discard.html", update=update, names=known)


async def discard(visit: Visit) -> Response:
    """Puts an update away; it can be brought back."""
    visit.need()
    await visit.write("POST", f"{UPDATES}/{visit.named('id')}/withdraw", revision=text(visit.form, "revision"))
    return visit.go("/my?discarded=1")


async def take_back(visit: Visit) -> Response:
    """Makes a submitted update a draft again."""
    return await _to_draft(visit, "take-back")


async def restore(visit: Visit) -> Response:
    """Brings a discarded update back as a draft."""
    return await _to_draft(visit, "restore")


async def _to_draft(visit: Visit, action: str) -> Response:
    visit.need()
    update = visit.named("id")
    await visit.write("POST", f"{UPDATES}/{update}/{action}", revision=text(visit.form, "revision"))
    return visit.go(f"/my/updates/{update}?back=1")


def subjects(visit: Visit) -> list[str]:
    """What the person's roles are about, as `type:slug`."""
    found = ((_OWN[g["role"]], g.get(_OWN[g["role"]])) for g in visit.grants if g["role"] in _OWN)
    return list(dict.fromkeys(f"{kind}:{slug}" for kind, slug in found if slug))


async def _saved(visit: Visit, update: Record) -> Response:
    if text(visit.form, "action") == "submit":
        await visit.write("POST", f"{UPDATES}/{update['id']}/submit", revision=str(update["revision"]))
        return visit.go(f"/my/updates/{update['id']}")
    return visit.go(f"/my/updates/{update['id']}?saved=1")


async def _again(visit: Visit, problem: ApiProblem, update: Record | None) -> Response:
    """The form once more, with everything that was written and what is wrong with it."""
    if problem.status not in (403, 409, 412, 422):
        raise problem
    known = await names(visit, *ABOUT)
    fields = {name: text(visit.form, name) for name in ("about", "kind", "title", "text", "links")}
    wrong = _wrong(visit, problem)
    error = None if wrong else problem.detail
    if problem.status == 412:
        error = visit.gettext(
            "Somebody changed this update since you opened it. Nothing you wrote is lost: compare both "
            "versions. If you save again, yours replaces the other."
        )
    if update and update["state"] not in EDITABLE:
        error = visit.gettext(
            "This update was handed in or discarded since you opened it, so what you wrote is not saved. "
            "Copy it from below, then open the update as it stands now."
        )
        return _form(visit, known, fields, update, 409, error)
    if problem.status == 403:
        error = visit.gettext("You can only write about what your roles name.")
    return _form(visit, known, fields, update, problem.status, error, wrong)


def _wrong(visit: Visit, problem: ApiProblem) -> dict[str, str]:
    """What is wrong with which field of the page."""
    wrong = {
        str(entry.get("field", "")).split(".")[1]
        for entry in problem.document.get("errors", ())
        if "." in str(entry.get("field", ""))
    }
    said = {
        "links": visit.gettext("Each link begins with https:// or http:// and holds no blanks."),
        "title": visit.gettext("The title is missing or too long."),
        "text": visit.gettext("The text is missing or too long."),
        "about": visit.gettext("Choose what the update is about."),
    }
    return {field: words for field, words in said.items() if field in wrong}


def _form(
    visit: Visit,
    known: Names,
    fields: dict[str, Any],
    update: Record | None = None,
    status: int = 200,
    error: str | None = None,
    wrong: dict[str, str] | None = None,
) -> Response:
    choices = subjects(visit)
    closed = update is not None and update["state"] not in EDITABLE
    everything = [] if choices or not visit.has(*OFFICE, "editor") else _all_subjects(known)
    return visit.page(
        "people/update_form.html",
        status,
        fields=fields,
        update=update,
        names=known,
        kinds=KINDS,
        choices=choices or everything,
        error=error,
        wrong=wrong or {},
        conflict=status == 412 or closed,
        closed=closed,
    )


def _all_subjects(known: Names) -> list[str]:
    return [f"{kind}:{slug}" for kind in ABOUT for slug in sorted(known.known.get(kind, {}))]


def _given(visit: Visit) -> dict[str, Any]:
    links = [line.strip() for line in text(visit.form, "links").splitlines() if line.strip()]
    return {
        "kind": text(visit.form, "kind") or "progress",
        "title": {visit.language: text(visit.form, "title")},
        "text": {visit.language: text(visit.form, "text")},
        "links": links,
    }


def _fields(update: Record, language: str) -> dict[str, Any]:
    return {
        "about": f"{update['about']['type']}:{update['about']['slug']}",
        "kind": update["kind"],
        "title": update["title"].get(language, ""),
        "text": update["text"].get(language, ""),
        "links": "\n".join(update["links"]),
    }


PAGES = (
    shows("/my", overview),
    shows("/my/updates/new", new),
    acts("/my/updates", create),
    shows("/my/updates/{id}", show),
    acts("/my/updates/{id}", change),
    shows("/my/updates/{id}/discard", ask_to_discard),
    acts("/my/updates/{id}/discard", discard),
    acts("/my/updates/{id}/take-back", take_back),
    acts("/my/updates/{id}/restore", restore),
)

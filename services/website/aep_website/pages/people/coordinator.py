"""The working pages of whoever writes updates: a list of one's own, and the form."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from aep_website.answers import registry
from aep_website.answers.base import Address, Texts
from aep_website.answers.registry import SavedUpdate, Update
from aep_website.client import ApiAway, ApiProblem, together
from aep_website.forms import text
from aep_website.lookups import Names, names
from aep_website.pages.public.updates import ABOUT
from aep_website.routing import acts, shows
from aep_website.visit import OFFICE, NotHere, Visit

KINDS = ("progress", "event", "publication", "good-practice", "news")


@dataclass(frozen=True, slots=True)
class Fields:
    """What the form of an update holds, in one language."""

    about: str = ""
    """`type:slug` of what it is about."""
    kind: str = ""
    title: str = ""
    text: str = ""
    links: str = ""
    """One a line."""

    @staticmethod
    def typed(visit: Visit) -> Fields:
        """What was written."""
        return Fields(**{name: text(visit.form, name) for name in ("about", "kind", "title", "text", "links")})

    @staticmethod
    def stored(update: Update, language: str) -> Fields:
        return Fields(
            about=f"{update.about.type}:{update.about.slug}",
            kind=update.kind,
            title=update.title.get(language, ""),
            text=update.text.get(language, ""),
            links="\n".join(update.links),
        )


async def overview(visit: Visit) -> Response:
    """One's own updates by what is to be done with them."""
    visit.need()
    own, away, known = await together(
        visit.everything(registry.UPDATES, author="me", sort="-updated"),
        visit.everything(registry.UPDATES, author="me", state="withdrawn", sort="-updated"),
        names(visit, *ABOUT),
    )
    discarded = [update for update in away if update.discarded]
    return visit.page("people/my.html", updates=own, discarded=discarded, names=known, subjects=subjects(visit))


async def new(visit: Visit) -> Response:
    """An empty form, about what the person answers for."""
    visit.need()
    known = await names(visit, *ABOUT)
    chosen = visit.request.query_params.get("about") or next(iter(subjects(visit)), "")
    return _form(visit, known, Fields(about=chosen))


async def create(visit: Visit) -> Response:
    """Saves a new draft, and submits it where that button was pressed."""
    visit.need()
    kind, _, slug = text(visit.form, "about").partition(":")
    try:
        written = await visit.write(
            "POST", registry.UPDATES.path, {"about": {"type": kind, "slug": slug}, **_given(visit, {}, {})}
        )
    except ApiProblem as problem:
        return await _again(visit, problem, None)
    return await _saved(visit, written.answer(registry.CREATED_UPDATE))


async def show(visit: Visit) -> Response:
    """An update of one's own: the form while it can be changed, else how it stands."""
    visit.need()
    update, known = await together(visit.found(_address(visit)), names(visit, *ABOUT))
    if update.revision is None:
        raise NotHere()
    if update.can_be_edited:
        return _form(visit, known, Fields.stored(update, visit.language), update)
    return visit.page("people/my_update.html", update=update, names=known)


async def change(visit: Visit) -> Response:
    """Saves changes, and submits where that button was pressed."""
    visit.need()
    address = _address(visit)
    update = await visit.found(address)
    # Texts in other languages stay as they are.
    given = _given(visit, update.title, update.text)
    try:
        written = await visit.write("PATCH", address.path, given, text(visit.form, "revision"))
    except ApiProblem as problem:
        return await _again(visit, problem, update)
    return await _saved(visit, written.answer(registry.CHANGED_UPDATE))


async def ask_to_discard(visit: Visit) -> Response:
    """Asks before an update is discarded."""
    visit.need()
    update, known = await together(visit.found(_address(visit)), names(visit, *ABOUT))
    if not update.can_be_edited or update.revision is None:
        raise NotHere()
    return visit.page("people/discard.html", update=update, names=known)


async def discard(visit: Visit) -> Response:
    """Puts an update away; it can be brought back."""
    visit.need()
    await visit.write("POST", f"{_address(visit).path}/withdraw", revision=text(visit.form, "revision"))
    return visit.go("/my?discarded=1")


async def take_back(visit: Visit) -> Response:
    """Makes a submitted update a draft again."""
    return await _to_draft(visit, "take-back")


async def restore(visit: Visit) -> Response:
    """Brings a discarded update back as a draft."""
    return await _to_draft(visit, "restore")


async def _to_draft(visit: Visit, action: str) -> Response:
    visit.need()
    await visit.write("POST", f"{_address(visit).path}/{action}", revision=text(visit.form, "revision"))
    return visit.go(f"/my/updates/{visit.named('id')}?back=1")


def _address(visit: Visit) -> Address[Update]:
    return registry.UPDATE.of(update_id=visit.named("id"))


def subjects(visit: Visit) -> list[str]:
    """What the person's roles are about, as `type:slug`."""
    found = []
    for grant in visit.grants:
        if grant.role == "coordinator" and grant.initiative:
            found.append(f"initiative:{grant.initiative}")
        elif grant.role == "focal-point" and grant.partner:
            found.append(f"partner:{grant.partner}")
        elif grant.role in ("group-chair", "group-member") and grant.group:
            found.append(f"group:{grant.group}")
    return list(dict.fromkeys(found))


async def _saved(visit: Visit, update: SavedUpdate) -> Response:
    if text(visit.form, "action") == "submit":
        address = registry.UPDATE.of(update_id=update.id).path
        await visit.write("POST", f"{address}/submit", revision=str(update.revision))
        return visit.go(f"/my/updates/{update.id}")
    return visit.go(f"/my/updates/{update.id}?saved=1")


async def _again(visit: Visit, problem: ApiProblem, update: Update | None) -> Response:
    """The form once more, with everything that was written and what is wrong with it."""
    if problem.status not in (403, 409, 412, 422):
        raise problem
    known = await names(visit, *ABOUT)
    fields = Fields.typed(visit)
    wrong = _wrong(visit, problem)
    error = None if wrong else problem.detail
    if problem.status == 412:
        error = visit.gettext(
            "Somebody changed this update since you opened it. Nothing you wrote is lost: compare both "
            "versions. If you save again, yours replaces the other."
        )
    if update and not update.can_be_edited:
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
    wrong = {entry.field.split(".")[1] for entry in problem.document.errors if "." in entry.field}
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
    fields: Fields,
    update: Update | None = None,
    status: int = 200,
    error: str | None = None,
    wrong: dict[str, str] | None = None,
) -> Response:
    choices = subjects(visit)
    closed = update is not None and not update.can_be_edited
    everything = [] if choices or not visit.has(*OFFICE, "editor") else _all_subjects(known)
    if known.away and update is None and not choices and visit.has(*OFFICE, "editor"):
        raise ApiAway("there is nothing to choose from: names are away")
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


def _given(visit: Visit, title: Texts, words: Texts) -> dict[str, object]:
    """What is sent of the form, beside the texts in other languages."""
    links = [line.strip() for line in text(visit.form, "links").splitlines() if line.strip()]
    return {
        "kind": text(visit.form, "kind") or "progress",
        "title": {**title, visit.language: text(visit.form, "title")},
        "text": {**words, visit.language: text(visit.form, "text")},
        "links": links,
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

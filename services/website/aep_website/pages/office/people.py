"""The people of the platform, for those who manage them: inviting, taking roles, ending sessions, removing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import quote

from starlette.responses import Response

from aep_website.answers import registry
from aep_website.answers.registry import Person
from aep_website.client import ApiProblem, together
from aep_website.forms import text
from aep_website.lookups import names
from aep_website.pages.people.access import OF_RECORDS
from aep_website.routing import acts, shows
from aep_website.visit import OFFICE, NotHere, Visit

PEOPLE = registry.PEOPLE.path
MANAGERS = (*OFFICE, "operator")
ROLES = (
    "coordinator",
    "focal-point",
    "group-chair",
    "group-member",
    "editor",
    "translator",
    "reader",
    "officer",
    "deputy",
    "operator",
    "api-client",
)
RECORD_OF = {"coordinator": "initiative", "focal-point": "partner", "group-chair": "group", "group-member": "group"}


@dataclass(frozen=True, slots=True)
class Invitation:
    """What the form that invites holds."""

    email: str
    name: str
    role: str
    record: str
    """Slug of the record that the role is about."""
    until: str
    """The last day."""

    @staticmethod
    def typed(visit: Visit) -> Invitation:
        return Invitation(**{name: text(visit.form, name) for name in ("email", "name", "role", "record", "until")})

    def given(self) -> dict[str, str]:
        """What is sent, without fields that were left empty; the role ends with its last day (UTC).

        Raises `ValueError` for a last day that is no date.
        """
        given = {"email": self.email, "name": self.name, "role": self.role}
        if self.role in RECORD_OF:
            given[RECORD_OF[self.role]] = self.record
        if self.until:
            last_day = date.fromisoformat(self.until)
            if last_day == date.max:
                raise ValueError("no day follows the last one")
            given["until"] = (datetime.combine(last_day, time(), UTC) + timedelta(days=1)).isoformat()
        return {name: value for name, value in given.items() if value}


async def overview(visit: Visit) -> Response:
    """Everybody with a role, and the form that invites."""
    visit.need(*MANAGERS)
    return await _page(visit)


async def invite(visit: Visit) -> Response:
    """Gives somebody a role; what was typed stays where it is refused."""
    visit.need(*MANAGERS)
    try:
        await visit.write("POST", PEOPLE, Invitation.typed(visit).given())
    except ApiProblem as problem:
        return await _refused(visit, problem)
    except ValueError:
        wrong = {"until": visit.gettext("The last day is a date such as 2027-01-31.")}
        return await _page(visit, 422, wrong=wrong)
    return visit.go("/people")


async def ask(visit: Visit) -> Response:
    """One person, with what can be done: each needs a press of a button on a page of its own."""
    visit.need(*MANAGERS)
    return visit.page("office/person.html", person=await _person(visit), error=None)


async def act(visit: Visit) -> Response:
    """Takes a role away, ends everything that signs the person in, or removes the person."""
    visit.need(*MANAGERS)
    person = await _person(visit)
    address, action = f"{PEOPLE}/{visit.named('id')}", text(visit.form, "action")
    try:
        if action == "end":
            await visit.write("POST", f"{address}/end")
        elif action == "remove":
            await visit.write("DELETE", address)
        elif action in ROLES:
            await visit.write("DELETE", f"{PEOPLE}/{quote(str(person.email), safe='')}/roles/{action}")
        else:
            return visit.page(
                "office/person.html", 422, person=person, error=visit.gettext("Choose one of the buttons.")
            )
    except ApiProblem as problem:
        if problem.status not in (403, 404, 409, 422):
            raise
        return visit.page(
            "office/person.html",
            problem.status,
            person=person,
            error=_not_done(visit, problem) if problem.status == 403 else problem.detail,
        )
    return visit.go("/people")


async def _person(visit: Visit) -> Person:
    everybody = (await visit.read(registry.PEOPLE)).items
    found = next((person for person in everybody if person.id == visit.request.path_params["id"]), None)
    if found is None:
        raise NotHere()
    return found


async def _refused(visit: Visit, problem: ApiProblem) -> Response:
    if problem.status not in (403, 409, 422):
        raise problem
    wrong = {} if problem.status == 403 else _wrong(visit, problem)
    return await _page(visit, problem.status, None if wrong else _not_done(visit, problem), wrong)


def _not_done(visit: Visit, problem: ApiProblem) -> str:
    """Why nothing was done, and who can do it."""
    if problem.status == 403:
        return visit.gettext(
            "Your roles do not allow this. Officers make officers and deputies, operators make operators, "
            "and nobody changes a role of her or his own."
        )
    return visit.gettext("The invitation was not taken. Check the address, the role and the last day.")


def _wrong(visit: Visit, problem: ApiProblem) -> dict[str, str]:
    """Which field the invitation was refused for; the API names some rules of the whole and not the field."""
    typed = Invitation.typed(visit)
    named = {entry.field.rpartition(".")[2] for entry in problem.document.errors}
    if problem.code == "no-such-record":
        return {"record": visit.gettext("There is no such initiative, partner or group.")}
    if typed.role in RECORD_OF and not typed.record:
        return {"record": visit.gettext("This role needs an initiative, partner or group: say which.")}
    if typed.role == "deputy" and not typed.until:
        return {"until": visit.gettext("A deputy needs a last day.")}
    if "email" in named:
        return {"email": visit.gettext("This is no mail address.")}
    return {"until": visit.gettext("The last day must lie ahead.")} if "until" in named else {}


async def _page(
    visit: Visit, status: int = 200, error: str | None = None, wrong: dict[str, str] | None = None
) -> Response:
    everybody, known = await together(visit.read(registry.PEOPLE), names(visit, *OF_RECORDS))
    return visit.page(
        "office/people.html",
        status,
        people=everybody.items,
        names=known,
        roles=ROLES,
        typed=Invitation.typed(visit),
        error=error,
        wrong=wrong or {},
    )


PAGES = (shows("/people", overview), acts("/people", invite), shows("/people/{id}", ask), acts("/people/{id}", act))

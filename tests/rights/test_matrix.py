"""Roles, ownership and scopes against every route of every service: nobody may more than the table says, nor less."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from fastapi.routing import APIRoute

from aep_shared.access.policy import PUBLIC, declared_policy
from aep_shared.http.app import TECHNICAL, every_route
from aep_shared.ids import new_id
from tests.rights.bodies import body_of
from tests.rights.conftest import BUILDERS, PEOPLE, Office
from tests.shared.statements import run, values

OFFICE = {"officer", "deputy"}
OPERATORS = {"operator", "local operator"}
MANAGERS = OFFICE | OPERATORS
WRITERS = {"coordinator", "coordinator of another", "focal-point", "group-chair", "group-member"}
ANYBODY = set(PEOPLE)

MAY: dict[str, set[str]] = {
    "change_register": MANAGERS,
    "change_initiative": MANAGERS | {"coordinator"},
    "change_meeting": MANAGERS,
    "remove_record": MANAGERS,
    "write_update": OFFICE | {"editor", "coordinator"},
    "change_update": OFFICE | {"editor"},
    "own_update": set(),
    "review_update": OFFICE,
    "manage_people": MANAGERS,
    "take_role": MANAGERS,
    "be_signed_in": ANYBODY,
    "end_own_sessions": ANYBODY,
    "operate": OPERATORS,
    "edit_issue": OFFICE | {"editor"},
    "approve_issue": OFFICE,
    "read_mailbox": {"local operator"},
    "make_report": OFFICE | {"editor"},
    "rebuild_read_models": OPERATORS,
    "import_publication": OFFICE | OPERATORS | {"editor"},
    "publish_publication": OFFICE,
    "rebuild_index": OPERATORS,
}
"""Who may pass the check of a policy, about the record `lab` where it is about a record."""
EXCEPTIONS: dict[tuple[str, str], set[str]] = {
    ("POST", "/api/registry/v1/initiatives"): MANAGERS,
    ("POST", "/api/registry/v1/initiatives/import"): MANAGERS,
}
"""Where a route asks for more than its policy says of `lab`: a new record has no coordinator yet."""
ROLE_OF = {"coordinator of another": "coordinator", "deputy whose time is over": "deputy", "local operator": "operator"}
UNLIMITED_ONLY = {"end_own_sessions"}
IGNORES_SCOPES = {"be_signed_in"}
SLOW = {"doctor", "republish"}
"""What waits for loops that do not run here: only its refusals are looked at."""
REMOVING = ("{name}/remove", "{name}/restore")
UNSEEN = ("/updates/{update_id}",)
"""Where what one may not see looks as if there were nothing."""


def routes(office: Office, service: str) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """Method, address, policy and request of every route that needs a right."""
    app = office.services[service].app
    document = app.openapi()
    prefix = f"/api/{service}/v1"
    for route in every_route(app):
        if not isinstance(route, APIRoute) or route.path.endswith(TECHNICAL):
            continue
        policy = declared_policy(route)
        if policy == PUBLIC:
            continue
        path = next(p for p in document["paths"] if p.endswith(route.path) and p.startswith(prefix))
        for method in sorted(route.methods or ()):
            yield method, path, policy, body_of(document, document["paths"][path][method.lower()])


async def ask(office: Office, service: str, method: str, path: str, request: dict[str, Any], **headers: str) -> Any:
    fills = {"name": "lab", "role": "reader", "form": "html", "email": "stranger@people.example"}
    if path.endswith(REMOVING):
        # The record that the others ask for stays.
        fills["name"] = "another"
    address = re.sub(r"{(\w+)}", lambda found: fills.get(found[1], str(new_id())), path)
    return await office.services[service].client.request(method, address, headers=headers, **request)


def fitting(path: str, request: dict[str, Any]) -> dict[str, Any]:
    """The request about `lab`, and for a token that everybody may make: one without any right."""
    body = request.get("json")
    if isinstance(body, dict) and "about" in body:
        return {"json": {**body, "about": {"type": "initiative", "slug": "lab"}}}
    if path.endswith("/tokens"):
        return {"json": {**(body or {}), "scopes": []}}
    return request


@pytest.mark.parametrize("service", BUILDERS)
async def test_nobody_may_more_than_the_table_says_nor_less(office: Office, service: str) -> None:
    wrong: list[str] = []
    for method, path, policy, given in routes(office, service):
        request = fitting(path, given)
        may = EXCEPTIONS.get((method, path), MAY[policy])
        anonymous = await ask(office, service, method, path, request)
        if anonymous.status_code != 401 and not (anonymous.status_code == 404 and UNSEEN[0] in path):
            wrong.append(f"anonymous {method} {path}: {anonymous.status_code}")
        for person in PEOPLE:
            role = ROLE_OF.get(person, person)
            other = "reader" if role != "reader" else "editor"
            for scopes in (None, [role], [other], []):
                allowed = person in may and _within(policy, role, scopes)
                if allowed and path.endswith(tuple(SLOW)):
                    continue
                answer = await ask(office, service, method, path, request, **office.headers(person, scopes))
                fits = answer.status_code not in (401, 403) if allowed else _refused(answer, path)
                if not fits or answer.status_code >= 500:
                    wrong.append(f"{person} {scopes} {method} {path}: {answer.status_code} {answer.text[:150]}")
    assert not wrong, "\n".join(wrong)


def _within(policy: str, role: str, scopes: list[str] | None) -> bool:
    if policy in UNLIMITED_ONLY:
        return scopes is None
    return policy in IGNORES_SCOPES or scopes is None or role in scopes


def _refused(answer: httpx2.Response, path: str) -> bool:
    """What one may not see looks as if it were not there."""
    return answer.status_code == 403 or (answer.status_code == 404 and UNSEEN[0] in path)


async def test_a_draft_is_its_authors_while_she_may_write_and_the_offices(office: Office) -> None:
    registry = office.services["registry"]
    writes = {"coordinator", "editor", "officer", "deputy"}
    wrong: list[str] = []
    for author in PEOPLE:
        for person in PEOPLE:
            for scopes in (None, ["reader"], []):
                draft = await _draft(office, author)
                headers = office.headers(person, scopes)
                answer = await registry.client.patch(f"/api/registry/v1/updates/{draft}", json={}, headers=headers)
                own = author == person and person in writes
                allowed = scopes is None and (own or person in OFFICE | {"editor"})
                if (answer.status_code == 200) != allowed:
                    wrong.append(f"{person} {scopes} on the draft of {author}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)


async def _draft(office: Office, author: str) -> Any:
    database = office.services["registry"].platform.database
    draft = new_id()
    await run(
        database,
        "INSERT INTO updates (id, state, author, content_by, about_type, about_slug, words) VALUES"
        " (:id, 'draft', :author, ARRAY[CAST(:author AS uuid)], 'initiative', 'lab',"
        """ CAST('{"kind":"news","title":{"en":"T"},"text":{"en":"x"},"links":[]}' AS jsonb))""",
        id=draft,
        author=office.subjects[author],
    )
    return draft


async def test_a_limited_token_gives_up_no_role(office: Office) -> None:
    registry = office.services["registry"]
    address = "/api/registry/v1/people/translator@people.example/roles/translator"
    for scopes, status in ((["translator"], 403), ([], 403), (None, 204)):
        answer = await registry.client.delete(address, headers=office.headers("translator", scopes))
        assert answer.status_code == status, scopes


async def test_reading_the_mailbox_is_audited(office: Office) -> None:
    service = office.services["notifications"]
    headers = office.headers("local operator")
    assert (await service.client.get("/api/notifications/v1/mailbox", headers=headers)).status_code == 200
    audited = await values(service.platform.database, "SELECT actor FROM audit WHERE record_type = 'mailbox'")
    assert audited[-1] == str(office.subjects["local operator"])

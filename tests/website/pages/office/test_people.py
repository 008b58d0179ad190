"""The people of the platform, as those who manage them do it in the browser."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx2
import pytest

from aep_website.visit import Site
from tests.website.conftest import Network, body
from tests.website.records import OFFICER
from tests.website.visitors import ME, from_page, sent, signed_in

PEOPLE = "/api/registry/v1/people"

ADA = {
    "id": "0200",
    "kind": "person",
    "email": "ada+a?b@partner.example",
    "name": "Ada <Quill>",
    "grants": [{"role": "deputy", "until": "2027-02-01T00:00:00+00:00"}, {"role": "editor"}],
}


@pytest.fixture
def officer(visitor: httpx2.AsyncClient, network: Network) -> None:
    signed_in(visitor)
    network.says("GET", ME, OFFICER)
    network.says("GET", PEOPLE, {"items": [ADA]})


@pytest.mark.usefixtures("officer")
async def test_somebody_is_invited_with_a_last_day(visitor: httpx2.AsyncClient, network: Network, site: Site) -> None:
    page = await visitor.get("/en/people")
    assert "Ada &lt;Quill&gt;" in page.text
    network.says("POST", PEOPLE, {"id": "x"}, 201)
    fields = {
        "form_token": site.guard.token("anchor"),
        "email": "d@ministry.example",
        "name": "",
        "role": "deputy",
        "record": "",
        "until": "2027-01-31",
    }
    answer = await visitor.post("/en/people", **from_page(**fields))
    assert (answer.status_code, answer.headers["location"]) == (303, "/en/people")
    given = body(sent(network, "POST", PEOPLE)[0])
    until = datetime.fromisoformat(given.pop("until"))
    assert until == datetime(2027, 2, 1, tzinfo=UTC)
    assert given == {"email": "d@ministry.example", "role": "deputy"}


@pytest.mark.usefixtures("officer")
async def test_a_role_is_shown_with_the_last_day_that_was_typed(visitor: httpx2.AsyncClient) -> None:
    assert "until 31 January 2027" in (await visitor.get("/en/people")).text


@pytest.mark.usefixtures("officer")
async def test_what_was_typed_stays_when_an_invitation_is_refused(
    visitor: httpx2.AsyncClient, network: Network, site: Site
) -> None:
    problem = {"status": 422, "code": "no-such-record", "detail": "there is no initiative 'nowhere'"}
    network.says("POST", PEOPLE, problem, 422)
    fields = {
        "form_token": site.guard.token("anchor"),
        "email": "c@x.example",
        "role": "coordinator",
        "record": "nowhere",
    }
    answer = await visitor.post("/en/people", **from_page(**fields))
    assert answer.status_code == 422
    for kept in ("There is no such initiative, partner or group.", 'value="c@x.example"', 'value="nowhere"'):
        assert kept in answer.text
    assert body(sent(network, "POST", PEOPLE)[0])["initiative"] == "nowhere"
    for until in ("soon", "9999-12-31"):
        wrong = await visitor.post("/en/people", **from_page(**fields, until=until))
        assert wrong.status_code == 422, until


@pytest.mark.usefixtures("officer")
@pytest.mark.parametrize(
    ("role", "field", "words"),
    [
        ("deputy", "until", "A deputy needs a last day."),
        ("coordinator", "record", "This role needs an initiative, partner or group: say which."),
    ],
)
async def test_what_a_role_lacks_is_said_beside_the_field(
    visitor: httpx2.AsyncClient, network: Network, site: Site, role: str, field: str, words: str
) -> None:
    errors = [{"field": "body", "message": "Value error, say which"}]
    network.says("POST", PEOPLE, {"code": "invalid-input", "detail": "body: Value error", "errors": errors}, 422)
    fields = {"form_token": site.guard.token("anchor"), "email": "c@x.example", "role": role}
    page = (await visitor.post("/en/people", **from_page(**fields))).text
    assert f'id="{field}-wrong" role="alert">{words}' in page
    assert f'aria-describedby="{field}-wrong {field}-hint"' in page
    assert "Value error" not in page


@pytest.mark.usefixtures("officer")
async def test_whoever_may_not_invite_reads_who_may(visitor: httpx2.AsyncClient, network: Network, site: Site) -> None:
    network.says("POST", PEOPLE, {"code": "not-allowed", "detail": "The signed-in person may not do this."}, 403)
    fields = {"form_token": site.guard.token("anchor"), "email": "c@x.example", "role": "operator"}
    page = await visitor.post("/en/people", **from_page(**fields))
    assert (page.status_code, "operators make operators" in page.text) == (403, True)


@pytest.mark.usefixtures("officer")
@pytest.mark.parametrize(
    ("action", "method", "path"),
    [
        ("end", "POST", f"{PEOPLE}/0200/end"),
        ("remove", "DELETE", f"{PEOPLE}/0200"),
        ("deputy", "DELETE", f"{PEOPLE}/ada+a?b@partner.example/roles/deputy"),
    ],
)
async def test_a_person_is_ended_and_removed_and_loses_a_role_by_a_button(
    visitor: httpx2.AsyncClient, network: Network, site: Site, action: str, method: str, path: str
) -> None:
    page = await visitor.get("/en/people/0200")
    assert f'value="{action}"' in page.text
    network.says(method, path, None, 204)
    fields = {"form_token": site.guard.token("anchor"), "action": action}
    answer = await visitor.post("/en/people/0200", **from_page(**fields))
    assert (answer.status_code, answer.headers["location"]) == (303, "/en/people")
    assert len(sent(network, method, path)) == 1


@pytest.mark.usefixtures("officer")
async def test_a_refusal_is_said_on_the_page(visitor: httpx2.AsyncClient, network: Network, site: Site) -> None:
    network.says("DELETE", f"{PEOPLE}/0200", {"status": 403, "code": "not-allowed", "detail": "You may not."}, 403)
    token = site.guard.token("anchor")
    refused = await visitor.post("/en/people/0200", **from_page(form_token=token, action="remove"))
    assert (refused.status_code, "Your roles do not allow this" in refused.text) == (403, True)
    nothing = await visitor.post("/en/people/0200", **from_page(form_token=token, action="else"))
    assert nothing.status_code == 422
    assert (await visitor.get("/en/people/0999")).status_code == 404

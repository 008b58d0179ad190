"""The pages of newsletter issues: what was typed is kept, what is sent was seen, and who is in doubt is decided on."""

from __future__ import annotations

import re
from typing import Any

import httpx2
import pytest

from aep_website.headers import HEADERS
from aep_website.visit import Site
from tests.website.conftest import ORIGIN, Network, body
from tests.website.records import STORED
from tests.website.visitors import ME, signed_in

SENDING = "/api/notifications/v1/sending"

ISSUE = "/api/notifications/v1/issues/0199"

TYPED = {
    "title": "Typed title",
    "introduction": "Typed words",
    "items": ["two", "one"],
    "place-two": "1",
    "place-one": "2",
    "revision": "3",
}


@pytest.fixture
def officer(network: Network, site: Site, visitor: httpx2.AsyncClient) -> dict[str, str]:
    """An officer who is signed in; the field that her forms need."""
    network.says("GET", ME, {"id": "0198", "grants": [{"role": "officer"}]})
    network.says("GET", ISSUE, STORED)
    return {"form_token": site.guard.token(signed_in(visitor).anchor)}


async def _press(visitor: httpx2.AsyncClient, action: str | None, fields: dict[str, Any], address: str = "") -> Any:
    given = fields | ({"action": action} if action else {})
    return await visitor.post(f"/en/issues/0199{address}", data=given, headers={"Origin": ORIGIN})


def _refuse(network: Network, method: str, path: str, status: int, detail: str = "no") -> None:
    problem = {"status": status, "code": "x", "detail": detail}
    network.says(method, path, problem, status, **{"Content-Type": "application/problem+json"})


def _value(page: str, field: str) -> str:
    found = re.search(rf'<input id="{field}"[^>]*value="([^"]*)"', page)
    assert found
    return found[1]


async def test_a_conflict_shows_both_versions_and_keeps_what_was_typed(
    visitor: httpx2.AsyncClient, network: Network, officer: dict[str, str]
) -> None:
    _refuse(network, "PATCH", ISSUE, 412)
    answer = await _press(visitor, "save", officer | TYPED)
    assert answer.status_code == 412
    assert _value(answer.text, "title") == "Typed title"
    assert "Typed words</textarea>" in answer.text
    for stored in ("Stored title", "Stored words", "About one"):
        assert stored in answer.text
    assert 'name="revision" value="4"' in answer.text
    boxes = re.findall(r'name="items" value="(\w+)"( checked)?', answer.text)
    assert boxes == [("two", " checked"), ("one", " checked")]


@pytest.mark.parametrize(("action", "state"), [("approve", "draft"), ("send", "approved")])
@pytest.mark.parametrize("change", [{"title": "Typed title"}, {"introduction": ""}, {"items": []}])
async def test_approve_and_send_throw_nothing_away_that_is_not_saved(
    visitor: httpx2.AsyncClient,
    network: Network,
    officer: dict[str, str],
    action: str,
    state: str,
    change: dict[str, Any],
) -> None:
    network.says("GET", ISSUE, STORED | {"state": state})
    network.says("POST", f"{ISSUE}/{action}", {})
    as_stored = {"title": "Stored title", "introduction": "Stored words", "items": ["one"], "revision": "4"}
    answer = await _press(visitor, action, officer | as_stored | change)
    assert answer.status_code == 409
    assert not [r for r in network.requests if r.method == "POST"]
    assert _value(answer.text, "title") == change.get("title", "Stored title")
    assert (await _press(visitor, action, officer | as_stored)).status_code == 303
    assert [r.headers["if-match"] for r in network.requests if r.method == "POST"] == ['"4"']


async def test_enter_in_a_field_saves(visitor: httpx2.AsyncClient, network: Network, officer: dict[str, str]) -> None:
    """Enter presses the first button; a browser that sends none saves as well."""
    page = (await visitor.get("/en/issues/0199")).text
    form = page[page.index('<form class="long"') :]
    assert re.findall(r'<button[^>]*value="([\w-]+)"', form)[:2] == ["save", "approve"]
    network.says("PATCH", ISSUE, {})
    await _press(visitor, None, officer | TYPED)
    (saved,) = [r for r in network.requests if r.method == "PATCH"]
    assert body(saved) == {
        "title": {"fr": "Titre", "en": "Typed title"},
        "introduction": {"en": "Typed words"},
        "items": ["two", "one"],
    }


async def test_what_was_left_out_is_offered_and_not_ticked(
    visitor: httpx2.AsyncClient, officer: dict[str, str]
) -> None:
    page = (await visitor.get("/en/issues/0199")).text
    assert re.findall(r'name="items" value="(\w+)"( checked)?', page) == [("one", " checked"), ("two", "")]


async def test_whoever_had_a_hand_in_it_is_not_asked_to_approve(
    visitor: httpx2.AsyncClient, network: Network, officer: dict[str, str]
) -> None:
    network.says("GET", ISSUE, STORED | {"content_by": ["somebody", "0198"]})
    page = (await visitor.get("/en/issues/0199")).text
    assert 'value="approve"' not in page
    assert "somebody else approves it" in page


async def test_an_issue_can_be_deleted_and_that_is_asked_first(
    visitor: httpx2.AsyncClient, network: Network, officer: dict[str, str]
) -> None:
    network.answers["DELETE", ISSUE] = lambda _request: httpx2.Response(204)
    asked = await _press(visitor, "delete", officer | TYPED)
    assert "Keep it" in asked.text
    assert not [r for r in network.requests if r.method == "DELETE"]
    answer = await _press(visitor, "delete", officer | {"revision": "4", "sure": "1"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/en/issues")


async def test_an_issue_that_is_being_sent_can_be_stopped(
    visitor: httpx2.AsyncClient, network: Network, officer: dict[str, str]
) -> None:
    network.says("GET", ISSUE, STORED | {"state": "sending", "deliveries": {"queued": 7}})
    network.says("GET", SENDING, {"waits": None})
    page = (await visitor.get("/en/issues/0199")).text
    assert 'value="stop"' in page
    assert "Mails wait" not in page
    network.says("GET", SENDING, {"waits": "this is a copy of an <installation>"})
    page = (await visitor.get("/en/issues/0199")).text
    assert "Mails wait." in page
    assert "this is a copy of an &lt;installation&gt;" in page
    network.says("POST", f"{ISSUE}/stop", {})
    assert (await _press(visitor, "stop", officer | {"revision": "4"})).status_code == 303
    assert network.requests[-1].url.path == f"{ISSUE}/stop"
    network.says("GET", ISSUE, STORED | {"state": "stopped", "deliveries": {"dropped": 7}})
    page = (await visitor.get("/en/issues/0199")).text
    assert "Sending was stopped" in page
    assert 'value="stop"' not in page


async def test_the_mail_is_shown_in_a_frame_that_can_do_nothing(
    visitor: httpx2.AsyncClient, network: Network, officer: dict[str, str]
) -> None:
    network.says("GET", f"{ISSUE}/preview", {"html": "<p style='color:red'>Mail</p>", "text": "Mail", "subject": "S"})
    page = await visitor.get("/en/issues/0199")
    assert '<iframe class="mail-frame" sandbox src="/en/issues/0199/mail"' in page.text
    assert page.headers["content-security-policy"] == HEADERS["content-security-policy"] + "; frame-src 'self'"
    mail = await visitor.get("/en/issues/0199/mail")
    assert mail.text == "<p style='color:red'>Mail</p>"
    policy = mail.headers["content-security-policy"].split("; ")
    assert {"default-src 'none'", "sandbox", "form-action 'none'", "frame-ancestors 'self'"} <= set(policy)
    assert mail.headers["x-frame-options"] == "SAMEORIGIN"


async def test_somebody_in_doubt_is_sent_the_mail_again_or_left(
    visitor: httpx2.AsyncClient, network: Network, officer: dict[str, str]
) -> None:
    network.says("GET", ISSUE, STORED | {"state": "sent", "in_doubt": ["r@reader.example"]})
    doubtful = {"subscriber": "0200", "email": "r@reader.example", "reply": "lost"}
    network.says("GET", f"{ISSUE}/deliveries", {"items": [doubtful]})
    page = (await visitor.get("/en/issues/0199")).text
    assert 'action="/en/issues/0199/deliveries/0200"' in page
    for decision in ("send-again", "leave"):
        network.says("POST", f"{ISSUE}/deliveries/0200/{decision}", {})
        answer = await _press(visitor, decision, officer, "/deliveries/0200")
        assert answer.status_code == 303
    assert [r.url.path.rpartition("/")[2] for r in network.requests if r.method == "POST"] == ["send-again", "leave"]


async def test_a_refused_issue_is_explained_without_the_names_of_the_api(
    visitor: httpx2.AsyncClient, network: Network, officer: dict[str, str]
) -> None:
    errors = [{"field": "body.introduction.en", "message": "String should have at most 20000 characters"}]
    problem = {"code": "invalid-input", "detail": "body.introduction.en: String should", "errors": errors}
    network.says("PATCH", ISSUE, problem, 422)
    answer = await _press(visitor, "save", officer | TYPED)
    assert answer.status_code == 422
    assert "The title or the introduction is missing or too long." in answer.text
    assert "body.introduction" not in answer.text
    assert _value(answer.text, "title") == "Typed title"


async def test_what_is_kept_on_an_error_page_are_the_words_and_not_the_workings_of_the_form(
    visitor: httpx2.AsyncClient, network: Network, officer: dict[str, str]
) -> None:
    network.says("PATCH", ISSUE, {"code": "unavailable"}, 503)
    page = (await _press(visitor, "save", officer | TYPED)).text
    assert "Typed title" in page
    assert "<dt>Title</dt>" in page
    for working in ("revision", "action", "place-one", "items"):
        assert f"<dt>{working}</dt>" not in page

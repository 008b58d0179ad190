"""One's own updates: nothing that somebody wrote is lost, and nothing is handed in or discarded by accident."""

from __future__ import annotations

import re
from typing import Any

import httpx2
import pytest

from aep_website.visit import Site
from tests.website.conftest import Network, body
from tests.website.records import COORDINATOR, UPDATE
from tests.website.visitors import ME, OUTDATED, UPDATES, form, said, signed_in

OWN = ("author", "content_by", "note", "revision", "discarded")
"""What only the author and the office are told of an update."""
TYPED = {"about": "initiative:summer-school", "kind": "news", "title": "My title", "text": "My <text>", "links": ""}


@pytest.fixture
def author(visitor: httpx2.AsyncClient, network: Network) -> httpx2.AsyncClient:
    signed_in(visitor)
    network.says("GET", ME, COORDINATOR)
    return visitor


def written(network: Network) -> list[tuple[str, str]]:
    return [(r.method, r.url.path.removeprefix(UPDATES)) for r in network.requests if r.method != "GET"]


def buttons(page: httpx2.Response) -> list[str]:
    """What the buttons of the form do, in their order: the Enter key presses the first."""
    return re.findall(r'<button[^>]* value="(\w+)"', page.text[page.text.index('<form class="long"') :])


@pytest.mark.parametrize("path", ["/en/my/updates/new", "/en/my/updates/u1"])
async def test_the_enter_key_saves_and_does_not_hand_in(
    author: httpx2.AsyncClient, network: Network, path: str
) -> None:
    said(network)
    assert buttons(await author.get(path)) == ["save", "submit"]


async def test_a_form_without_a_pressed_button_is_saved(
    author: httpx2.AsyncClient, network: Network, site: Site
) -> None:
    said(network)
    network.says("PATCH", f"{UPDATES}/u1", {**UPDATE, "revision": 4})
    answer = await author.post("/en/my/updates/u1", **form(site, **TYPED, revision="3"))
    assert (answer.status_code, written(network)) == (303, [("PATCH", "/u1")])
    assert body(network.requests[-1])["title"] == {"en": "My title", "fr": "Été"}


async def test_discarding_asks_first(author: httpx2.AsyncClient, network: Network, site: Site) -> None:
    said(network)
    page = await author.get("/en/my/updates/u1/discard")
    assert page.status_code == 200
    assert "Keep it" in page.text
    assert written(network) == []
    network.says("POST", f"{UPDATES}/u1/withdraw", {**UPDATE, "state": "withdrawn"})
    answer = await author.post("/en/my/updates/u1/discard", **form(site, revision="3"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/en/my?discarded=1")
    assert network.requests[-1].headers["if-match"] == '"3"'


@pytest.mark.parametrize("changed", [{"state": "approved"}, {"state": "submitted"}, {"state": "withdrawn"}])
async def test_only_a_draft_is_discarded(author: httpx2.AsyncClient, network: Network, changed: dict[str, Any]) -> None:
    said(network, **changed)
    assert (await author.get("/en/my/updates/u1/discard")).status_code == 404


async def test_a_stranger_finds_no_page_to_discard(author: httpx2.AsyncClient, network: Network) -> None:
    network.says("GET", f"{UPDATES}/u1", {name: value for name, value in UPDATE.items() if name not in OWN})
    assert (await author.get("/en/my/updates/u1/discard")).status_code == 404


@pytest.mark.parametrize(
    ("changed", "action"),
    [({"state": "submitted"}, "take-back"), ({"state": "withdrawn", "discarded": True}, "restore")],
)
async def test_what_was_handed_in_or_discarded_comes_back(
    author: httpx2.AsyncClient, network: Network, site: Site, changed: dict[str, Any], action: str
) -> None:
    said(network, **changed)
    assert f'action="/en/my/updates/u1/{action}"' in (await author.get("/en/my/updates/u1")).text
    network.says("POST", f"{UPDATES}/u1/{action}", UPDATE)
    answer = await author.post(f"/en/my/updates/u1/{action}", **form(site, revision="3"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/en/my/updates/u1?back=1")
    said(network)
    assert "It is a draft again" in (await author.get(answer.headers["location"])).text


async def test_the_list_of_discarded_updates(author: httpx2.AsyncClient, network: Network) -> None:
    def listed(request: httpx2.Request) -> httpx2.Response:
        gone = request.url.params.get("state") == "withdrawn"
        mine = {**UPDATE, "state": "withdrawn", "discarded": True, "title": {"en": "Mine, discarded"}}
        withdrawn = {**UPDATE, "id": "u2", "state": "withdrawn", "title": {"en": "Once public"}}
        assert request.url.params["author"] == "me"
        return httpx2.Response(200, json={"items": [mine, withdrawn] if gone else [], "next": None})

    network.answers["GET", UPDATES] = listed
    page = (await author.get("/en/my?discarded=1")).text
    assert "Mine, discarded" in page
    assert "bring it back for 28 days" in page
    assert "Once public" not in page


async def test_a_conflict_shows_both_versions_and_keeps_what_was_typed(
    author: httpx2.AsyncClient, network: Network, site: Site
) -> None:
    said(network, text={"en": "What somebody else saved."})
    network.says("PATCH", f"{UPDATES}/u1", OUTDATED, 412)
    answer = await author.post("/en/my/updates/u1", **form(site, **TYPED, revision="2", action="submit"))
    assert answer.status_code == 412
    theirs, _, yours = answer.text.partition('<form class="long"')
    assert "What somebody else saved." in theirs
    assert ">My &lt;text&gt;</textarea>" in yours
    assert 'value="My title"' in yours
    # Saving again is a decision about the version that is shown.
    assert 'name="revision" value="3"' in yours
    assert written(network) == [("PATCH", "/u1")]


@pytest.mark.parametrize(("editors", "told"), [([], False), (["0200"], True)])
async def test_an_author_is_told_that_the_office_changed_her_text(
    author: httpx2.AsyncClient, network: Network, editors: list[str], told: bool
) -> None:
    said(network, content_by=[COORDINATOR["id"], *editors])
    page = (await author.get("/en/my/updates/u1")).text
    assert ("Somebody of the secretariat changed this text" in page) is told


async def test_the_own_page_shows_every_update_of_ones_own_however_many_others_there_are(
    author: httpx2.AsyncClient, network: Network
) -> None:
    def listed(request: httpx2.Request) -> httpx2.Response:
        query = request.url.params
        assert query["author"] == "me"
        name = ("older" if "cursor" in query else "newer") + (" discarded" if query.get("state") else "")
        item = {**UPDATE, "title": {"en": f"The {name} one"}, "discarded": "state" in query}
        return httpx2.Response(200, json={"items": [item], "next": None if "cursor" in query else "c"})

    network.answers["GET", UPDATES] = listed
    page = (await author.get("/en/my")).text
    assert all(f"The {name} one" in page for name in ("newer", "older", "newer discarded", "older discarded"))


async def test_what_was_handed_in_meanwhile_is_not_offered_to_be_saved(
    author: httpx2.AsyncClient, network: Network, site: Site
) -> None:
    said(network, state="submitted")
    network.says("PATCH", f"{UPDATES}/u1", OUTDATED, 412)
    answer = await author.post("/en/my/updates/u1", **form(site, **TYPED, revision="2"))
    assert answer.status_code == 409
    assert ">My &lt;text&gt;</textarea>" in answer.text
    assert buttons(answer) == []
    assert "open the update as it stands now" in answer.text


async def test_what_is_wrong_with_a_field_stands_beside_it(
    author: httpx2.AsyncClient, network: Network, site: Site
) -> None:
    errors = [{"field": "body.links.0", "message": "Value error"}, {"field": "body.title.en", "message": "too long"}]
    problem = {"code": "invalid-input", "detail": "body.links.0: Value error", "errors": errors}
    network.says("POST", UPDATES, problem, 422)
    page = (await author.post("/en/my/updates", **form(site, **TYPED))).text
    assert re.search(r'id="links-wrong" role="alert">Each link begins with https://', page)
    assert re.search(r'<textarea id="links"[^>]* aria-invalid="true" aria-describedby="links-wrong links-hint"', page)
    assert re.search(r'<input id="title"[^>]* aria-describedby="title-wrong"', page)
    assert "body." not in page

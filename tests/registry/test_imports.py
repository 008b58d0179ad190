"""Imports over HTTP: what is new, changed, unchanged or removed, what follows a rename, and all of it or nothing."""

from __future__ import annotations

from typing import Any

import httpx2
import orjson
import pytest

from aep_registry.groups.register import GROUPS
from aep_registry.initiatives.register import INITIATIVES
from aep_registry.organisations.register import ORGANISATIONS
from aep_registry.partners.register import PARTNERS
from tests.registering import imported, items, renamed, slugs
from tests.served import Served
from tests.shared.statements import run

LAND = {"name": {"en": "Land"}, "kind": "country"}


def land(slug: str, **more: Any) -> dict[str, Any]:
    return {**LAND, "slug": slug, **more}


async def sends(service: Served, content: bytes, who: str | None = "operator", **query: str) -> httpx2.Response:
    return await service.call(who, "POST", "partners/import", content=content, params=query)


def lines(*records: Any) -> bytes:
    return b"\n".join(map(orjson.dumps, records))


async def test_each_line_is_counted_as_what_became_of_it(standing: Served) -> None:
    await imported(standing, PARTNERS, land("c-same"), land("c-other"), land("c-gone"))
    await standing.call("officer", "POST", "partners/c-gone/remove", json={"reason": "It was entered twice."})
    answer = await imported(
        standing, PARTNERS, land("c-same"), land("c-other", iso="CO"), land("c-gone", iso="CG"), land("c-new")
    )
    assert answer.json() == {"created": 1, "changed": 1, "unchanged": 1, "removed": 1}
    # What was removed stays as it was, until somebody brings it back.
    back = await standing.call("officer", "POST", "partners/c-gone/restore")
    assert (back.status_code, back.json()["iso"]) == (200, None)


async def test_an_import_of_nothing_does_nothing(standing: Served) -> None:
    for content in (b"", b"\n\n", b"  \n\t\r\n"):
        answer = await sends(standing, content)
        assert answer.json() == {"created": 0, "changed": 0, "unchanged": 0, "removed": 0}
        assert "AEP-Event" not in answer.headers


@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b"\n\n"])
async def test_lines_end_as_files_end_them(standing: Served, ending: bytes) -> None:
    content = ending.join(orjson.dumps(land(f"end-{len(ending)}-{ending[0]}-{n}")) for n in range(2)) + ending
    assert (await sends(standing, content)).json()["created"] == 2


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (b"nonsense", "not a JSON object"),
        (b"[]", None),
        (b'"text"', None),
        (b"null", None),
        (b"{}", None),
        (b'{"slug": "bad"}', None),
        (lines(land("bad", colour="blue")), "colour"),
        (lines(land("Bad Slug")), "slug"),
        (b"\xff\xfe", "not a JSON object"),
        (b'{"slug": "bad"', "not a JSON object"),
    ],
)
async def test_one_line_that_is_wrong_is_named_and_nothing_is_imported(
    standing: Served, bad: bytes, says: str | None
) -> None:
    content = b"\n".join([lines(land("w-one")), b"", bad, lines(land("w-two"))])
    answer = await sends(standing, content)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-input")
    assert [wrong["line"] for wrong in answer.json()["lines"]] == [3]
    assert (says or "") in answer.json()["lines"][0]["detail"]
    assert await slugs(standing, PARTNERS, slug="w-one") == await slugs(standing, PARTNERS, slug="w-two") == []


async def test_a_slug_that_is_another_ones_undoes_the_lines_before_it(standing: Served) -> None:
    await imported(standing, PARTNERS, land("t-old"))
    await renamed(standing, PARTNERS, land("t-old"), "t-new")
    answer = await sends(standing, lines(land("t-first"), land("t-old", former_slugs=[])))
    assert (answer.status_code, answer.json()["code"]) == (409, "slug-taken")
    assert await slugs(standing, PARTNERS, slug="t-first") == []


async def test_a_record_that_comes_twice_in_one_import_is_what_its_last_line_says(standing: Served) -> None:
    answer = await imported(standing, PARTNERS, land("twice"), land("twice", iso="TW"), land("twice", iso="TW"))
    assert answer.json() == {"created": 1, "changed": 1, "unchanged": 1, "removed": 0}
    (item,) = await items(standing, PARTNERS, slug="twice")
    assert item["iso"] == "TW"


async def test_a_dry_run_counts_and_changes_nothing(standing: Served) -> None:
    await imported(standing, PARTNERS, land("dry-kept"))
    dry = await imported(standing, PARTNERS, land("dry-kept", iso="DK"), land("dry-new"), dry_run="true")
    assert dry.json() == {"created": 1, "changed": 1, "unchanged": 0, "removed": 0}
    assert "AEP-Event" not in dry.headers
    assert await slugs(standing, PARTNERS, slug="dry-new") == []
    (kept,) = await items(standing, PARTNERS, slug="dry-kept")
    assert kept["iso"] is None
    # The slug was nobody's meanwhile.
    assert (await imported(standing, PARTNERS, land("dry-new"))).json()["created"] == 1


async def test_an_import_says_which_events_it_published(standing: Served) -> None:
    answer = await imported(standing, PARTNERS, land("told-one"), land("told-two"))
    (one,), (two,) = [await items(standing, PARTNERS, slug=slug) for slug in ("told-one", "told-two")]
    for item in (one, two):
        assert f"aep.registry.partner.v1/{item['id']}/" in answer.headers["AEP-Event"]
    assert "AEP-Event" not in (await imported(standing, PARTNERS, land("told-one"))).headers


@pytest.mark.parametrize("who", [None, "editor", "coordinator initiative=lab", "operator scopes=reader"])
async def test_whoever_may_not_change_the_register_imports_nothing(standing: Served, who: str | None) -> None:
    answer = await sends(standing, lines(land("refused")), who)
    assert answer.status_code == (401 if who is None else 403)
    # Nobody learns first whether the lines were good.
    assert (await sends(standing, b"nonsense", who)).status_code == answer.status_code


FOLLOWED = {
    "partner": (PARTNERS, LAND, "focal-point", "partner"),
    "group": (GROUPS, {"name": {"en": "Circle"}, "kind": "council"}, "group-chair", "group"),
    "initiative": (INITIATIVES, {"title": {"en": "Lab"}, "status": "running"}, "coordinator", "initiative"),
    "organisation": (ORGANISATIONS, {"name": {"en": "Union"}, "kind": "stakeholder"}, None, None),
}


@pytest.mark.parametrize("noun", FOLLOWED)
async def test_roles_and_updates_follow_a_record_that_is_renamed(standing: Served, noun: str) -> None:
    register, fields, role, named = FOLLOWED[noun]
    record = {**fields, "slug": f"before-{noun}"}
    await imported(standing, register, record, {**record, "slug": f"other-{noun}"})
    updates = []
    for slug in (f"before-{noun}", f"other-{noun}"):
        given = {"about": {"type": noun, "slug": slug}, "title": {"en": "A"}, "text": {"en": "B"}}
        updates.append((await standing.call("officer", "POST", "updates", json=given)).json()["id"])
    if role:
        for email, slug in (("follows", f"before-{noun}"), ("stays", f"other-{noun}")):
            given = {"email": f"{email}-{noun}@network.example", "role": role, named: slug}
            assert (await standing.call("officer", "POST", "people", json=given)).status_code == 201
    await renamed(standing, register, record, f"after-{noun}")
    shown = [(await standing.call("officer", "GET", f"updates/{update}")).json()["about"]["slug"] for update in updates]
    assert shown == [f"after-{noun}", f"other-{noun}"]
    if role:
        people = {one["email"]: one for one in (await standing.call("officer", "GET", "people")).json()["items"]}
        found = [people[f"{email}-{noun}@network.example"]["grants"][0][named] for email in ("follows", "stays")]
        assert found == [f"after-{noun}", f"other-{noun}"]


@pytest.mark.parametrize(("days", "status", "code"), [(29, 200, None), (31, 409, "record-removed-for-good")])
async def test_what_was_removed_comes_back_within_thirty_days(
    standing: Served, days: int, status: int, code: str | None
) -> None:
    slug = f"removed-{days}"
    await imported(standing, PARTNERS, land(slug))
    await standing.call("officer", "POST", f"partners/{slug}/remove", json={"reason": "It was entered twice."})
    await run(
        standing.platform.database,
        f"UPDATE partners SET deleted_at = deleted_at - interval '{days} days' WHERE slug = :slug",
        slug=slug,
    )
    answer = await standing.call("officer", "POST", f"partners/{slug}/restore")
    assert (answer.status_code, answer.json().get("code")) == (status, code)
    assert await slugs(standing, PARTNERS, slug=slug) == ([slug] if status == 200 else [])
    # Neither way anybody else gets the slug.
    assert (await standing.call("officer", "POST", "partners", json=land(slug))).status_code == 409


@pytest.mark.parametrize(
    ("verb", "path", "status", "code"),
    [
        ("GET", "nowhere", 404, "not-found"),
        ("PATCH", "nowhere", 404, "not-found"),
        ("POST", "nowhere/remove", 404, "not-found"),
        ("POST", "nowhere/restore", 404, "not-found"),
        ("POST", "there/restore", 409, "record-not-removed"),
        ("GET", "gone", 410, "record-removed"),
        ("PATCH", "gone", 410, "record-removed"),
        ("POST", "gone/remove", 410, "record-removed"),
    ],
)
async def test_what_is_not_there_any_more_or_never_was(
    standing: Served, verb: str, path: str, status: int, code: str
) -> None:
    await imported(standing, PARTNERS, land("there"), land("gone"))
    await standing.call("officer", "POST", "partners/gone/remove", json={"reason": "It was entered twice."})
    body = {"iso": "XX"} if verb == "PATCH" else {"reason": "Why."} if path.endswith("remove") else None
    answer = await standing.call("officer", verb, f"partners/{path}", json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_record_is_read_by_its_id_and_led_to_from_every_slug_that_it_had(standing: Served) -> None:
    await imported(standing, PARTNERS, land("r-first"))
    (item,) = await items(standing, PARTNERS, slug="r-first")
    await renamed(standing, PARTNERS, land("r-first"), "r-second")
    await renamed(standing, PARTNERS, land("r-second"), "r-third")
    for name in ("r-first", "r-second"):
        moved = await standing.call(None, "GET", f"partners/{name}")
        assert (moved.status_code, moved.headers["location"]) == (308, "/api/registry/v1/partners/r-third")
    for name in ("r-third", item["id"]):
        shown = await standing.call(None, "GET", f"partners/{name}")
        assert (shown.status_code, shown.json()["former_slugs"]) == (200, ["r-first", "r-second"])
        tag = shown.headers["ETag"]
        again = await standing.call(None, "GET", f"partners/{name}", headers={"If-None-Match": tag})
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
        other = await standing.call(None, "GET", f"partners/{name}", headers={"If-None-Match": '"1"'})
        assert other.status_code == 200


@pytest.mark.parametrize(("verb", "path"), [("PATCH", ""), ("POST", "/remove")])
async def test_a_change_of_what_somebody_else_changed_is_refused(standing: Served, verb: str, path: str) -> None:
    slug = f"match-{verb.lower()}"
    await imported(standing, PARTNERS, land(slug))
    body = {"iso": "XX"} if verb == "PATCH" else {"reason": "Why."}
    for tag, status in (('"0"', 412), ('"2"', 412), ("W/1", 422), ("*", 200 if verb == "PATCH" else 204)):
        answer = await standing.call("officer", verb, f"partners/{slug}{path}", json=body, headers={"If-Match": tag})
        assert answer.status_code == status, (tag, answer.text)

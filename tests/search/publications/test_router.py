"""Publications over HTTP: a second person publishes, only those who may see what waits, and withdrawn is gone."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from sqlalchemy import text

from tests.search.publications.conftest import TEXT, Search
from tests.shared.flowing import until

READS = ("publications/text", "publications/text/paragraphs", "publications/text/paragraphs/1")


async def published(search: Search) -> None:
    assert (await search.imports("editor")).status_code == 200
    assert (await search.publishes("first")).status_code == 200
    await until(lambda: search.hits("quokka"))


async def outbox(search: Search) -> list[tuple[str, bool]]:
    """What was published, in order: the topic, and whether there is a state."""
    async with search.platform.database.reading() as session:
        rows = await session.execute(text("SELECT topic, value IS NOT NULL AS there FROM outbox ORDER BY id"))
        return [(row.topic, row.there) for row in rows]


@pytest.mark.parametrize("who", ["editor", "first", "deputy", "operator"])
async def test_an_imported_text_waits_for_a_second_person(search: Search, who: str) -> None:
    answer = await search.imports(who)
    assert (answer.json()["outcome"], answer.json()["state"]) == ("created", "unpublished")
    for path in READS:
        for stranger in (None, "coordinator"):
            assert (await search.call(stranger, "GET", path)).status_code == 404
    assert (await search.call(None, "GET", "publications")).json()["items"] == []
    assert await outbox(search) == []
    for insider in ("editor", "second", "deputy", "operator"):
        shown = await search.call(insider, "GET", "publications/text")
        assert (shown.status_code, shown.json()["state"]) == (200, "unpublished")
        paragraphs = (await search.call(insider, "GET", "publications/text/paragraphs")).json()["items"]
        assert [p["ref"] for p in paragraphs] == ["1", "2"]
        waiting = (await search.call(insider, "GET", "unpublished")).json()["items"]
        assert [text["slug"] for text in waiting] == ["text"]
    for stranger, status in ((None, 401), ("coordinator", 403)):
        for path in ("unpublished", "unpublished/text"):
            assert (await search.call(stranger, "GET", path)).status_code == status


async def test_who_publishes(search: Search) -> None:
    await search.imports("first")
    for who, status, code in (
        ("editor", 403, "not-allowed"),
        ("operator", 403, "not-allowed"),
        ("coordinator", 403, "not-allowed"),
        ("first", 409, "own-publication"),
    ):
        refused = await search.publishes(who)
        assert (refused.status_code, refused.json()["code"]) == (status, code), who
    done = await search.publishes("second")
    assert (done.status_code, done.json()["state"]) == (200, "published")
    for path in READS:
        assert (await search.call(None, "GET", path)).status_code == 200
    assert await until(lambda: search.hits("quokka")) == {"/publications/text/paragraphs/2"}
    assert (await search.publishes("second")).status_code == 404
    assert sorted(await outbox(search)) == [("aep.search.paragraph.v1", True)] * 2 + [
        ("aep.search.publication.v1", True)
    ]


async def test_whoever_made_the_token_of_a_program_does_not_publish_what_it_imports(search: Search) -> None:
    await search.imports("program of first")
    assert (await search.publishes("first")).json()["code"] == "own-publication"
    assert (await search.publishes("second")).status_code == 200


async def test_no_text_is_published_or_discarded_by_the_tag_of_another_one(search: Search) -> None:
    async def tag(path: str = "unpublished/text") -> dict[str, str]:
        return {"If-Match": (await search.call("second", "GET", path)).headers["ETag"]}

    await search.imports("first")
    read = await tag()
    await search.call("first", "DELETE", "unpublished/text")
    await search.imports("first", "1. Other words.\n")
    for method, path in (("POST", "publications/text/publish"), ("DELETE", "unpublished/text")):
        refused = await search.call("second", method, path, headers=read)
        assert (refused.status_code, refused.json()["code"]) == (412, "revision-outdated"), path
    assert (await search.call("second", "POST", "publications/text/publish", headers=await tag())).status_code == 200
    await search.imports("first", "1. Still other words.\n", replace=True)
    published = await tag("publications/text")
    refused = await search.call("second", "POST", "publications/text/publish", headers=published)
    assert refused.status_code == 412


async def test_the_local_operator_publishes_at_once_and_it_is_recorded(search: Search) -> None:
    answer = await search.imports("local")
    assert (answer.json()["outcome"], answer.json()["state"]) == ("created", "published")
    assert (await search.call(None, "GET", "publications/text")).status_code == 200
    assert (await search.imports("local")).json()["outcome"] == "unchanged"
    async with search.platform.database.reading() as session:
        assert (await session.scalars(text("SELECT action FROM audit"))).all() == ["publish"]


async def test_the_local_operator_publishes_what_waits(search: Search) -> None:
    await search.imports("editor")
    answer = await search.imports("local")
    assert (answer.json()["outcome"], answer.json()["state"]) == ("replaced", "published")
    assert (await search.call("editor", "GET", "unpublished")).json()["items"] == []


async def test_a_replaced_text_stays_until_the_new_one_is_published(search: Search) -> None:
    await published(search)
    new = TEXT.replace("quokka", "wombat")
    assert (await search.imports("first", new)).json()["code"] == "publication-text-changed"
    assert (await search.imports("first", new, replace=True)).json()["state"] == "unpublished"
    assert await search.hits("quokka")
    shown = await search.call("first", "GET", "publications/text/paragraphs/2")
    assert "quokka" in shown.json()["text"]["en"]
    waiting = (await search.call("first", "GET", "unpublished/text")).json()
    assert "wombat" in waiting["items"][1]["text"]["en"]
    # Another text may not take the place of one that waits unseen, either.
    assert (await search.imports("editor", TEXT + "\n3. More.\n")).json()["code"] == "publication-text-changed"
    assert (await search.imports("first", new)).json()["outcome"] == "unchanged"
    assert (await search.publishes("first")).json()["code"] == "own-publication"
    assert (await search.publishes("second")).status_code == 200
    await until(lambda: search.hits("wombat"))
    assert await search.hits("quokka") == set()


async def test_nobody_publishes_another_text_than_the_one_that_was_read(search: Search) -> None:
    await search.imports("editor")
    read = (await search.call("first", "GET", "unpublished/text")).headers["etag"]
    await search.imports("editor", TEXT + "\n3. Slipped in.\n", replace=True)
    late = await search.call("first", "POST", "publications/text/publish", headers={"If-Match": read})
    assert (late.status_code, late.json()["code"]) == (412, "revision-outdated")
    assert (await search.call(None, "GET", "publications/text")).status_code == 404


async def test_a_text_that_waits_can_be_discarded(search: Search) -> None:
    await search.imports("editor")
    assert (await search.call("coordinator", "DELETE", "unpublished/text")).status_code == 403
    assert (await search.call("editor", "DELETE", "unpublished/text")).status_code == 204
    assert (await search.call("editor", "DELETE", "unpublished/text")).status_code == 404
    assert (await search.call("editor", "GET", "publications/text")).status_code == 404


async def test_what_is_withdrawn_is_gone_with_its_reason(search: Search) -> None:
    await published(search)
    for who in ("editor", "operator", "coordinator"):
        assert (await search.withdraws(who)).status_code == 403
    assert (await search.withdraws("first", " ")).status_code == 422
    before = len(await outbox(search))
    assert (await search.withdraws("first")).status_code == 204
    for path in READS:
        for who in (None, "editor", "first"):
            gone = await search.call(who, "GET", path)
            assert (gone.status_code, gone.json()["code"]) == (410, "publication-withdrawn")
            assert gone.json()["reason"] == "Another meeting’s text."
    assert (await search.call(None, "GET", "publications")).json()["items"] == []
    since = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    removed = (await search.call(None, "GET", "publications", params={"updated_since": since})).json()["items"]
    assert [set(item) for item in removed] == [{"id", "slug", "deleted_at"}]
    await until(lambda: _gone(search))
    tombstones = (await outbox(search))[before:]
    assert sorted(tombstones) == [("aep.search.paragraph.v1", False)] * 2 + [("aep.search.publication.v1", False)]
    assert (await search.withdraws("first")).status_code == 410


async def _gone(search: Search) -> bool:
    return not await search.hits("quokka") and not await search.hits("conclusions")


async def test_a_withdrawn_text_can_be_published_again(search: Search) -> None:
    await published(search)
    await search.withdraws("first")
    await until(lambda: _gone(search))
    assert (await search.imports("editor")).json()["state"] == "unpublished"
    assert (await search.call(None, "GET", "publications/text")).status_code == 410
    before = len(await outbox(search))
    assert (await search.publishes("second")).status_code == 200
    await until(lambda: search.hits("quokka"))
    again = (await outbox(search))[before:]
    assert sorted(again) == [("aep.search.paragraph.v1", True)] * 2 + [("aep.search.publication.v1", True)]


async def test_a_footnote_is_shown_to_the_letter_and_makes_no_paragraph_another_one(search: Search) -> None:
    """Files of some systems hold accents as signs of their own."""
    note = unicodedata.normalize("NFD", "Café au lait.")
    file = f"# Réunion\n\n1. Ministers met.[^a]\n\n2. Others.\n\n[^a]: {note}\n"
    about = {"slug": "text", "kind": "conclusions", "language": "en", "date": "2021-12-15", "replace": True}
    changed = []
    for title in ("C", "D"):
        given = orjson.dumps({**about, "title": {"en": title}})
        parts = {"file": ("text.md", file.encode(), "text/markdown")}
        answer = await search.call("local", "POST", "publications", data={"about": given}, files=parts)
        changed.append(answer.json()["changed"])
    paragraphs = (await search.call(None, "GET", "publications/text/paragraphs")).json()["items"]
    assert [found["text"] for paragraph in paragraphs for found in paragraph["footnotes"]] == [note]
    assert changed[0]
    assert changed[1] == 0

"""The feed over HTTP: empty, with one, with many, in another language, and after something was withdrawn."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import feedparser
import pytest

from tests.notifications.newsletters import approved, withdraw
from tests.served import Served
from tests.shared.statements import run


@pytest.fixture
async def feed(standing: Served) -> Served:
    await run(standing.platform.database, "DELETE FROM replicas")
    return standing


async def body(service: Served, **query: str) -> bytes:
    answer = await service.call(None, "GET", "feed.atom", params=query)
    assert answer.raise_for_status().headers["content-type"] == "application/atom+xml; charset=utf-8"
    return answer.content


async def read(service: Served, **query: str) -> feedparser.FeedParserDict:
    found = feedparser.parse(await body(service, **query))
    assert not found.bozo, found.get("bozo_exception")
    assert found.version == "atom10"
    return found


async def titles(service: Served, **query: str) -> list[str]:
    return [entry.title for entry in (await read(service, **query)).entries]


async def test_an_empty_feed_is_one(feed: Served) -> None:
    found = await read(feed)
    assert (found.entries, found.feed.title) == ([], "Approved updates")
    assert found.feed.updated == "2020-01-01T00:00:00+00:00"
    assert found.feed.id == "https://aep.example/api/notifications/v1/feed.atom"
    assert {link.rel: link.href for link in found.feed.links} == {
        "self": found.feed.id,
        "alternate": "https://aep.example/",
    }


async def test_an_entry_says_what_it_is_where_it_is_and_since_when(feed: Served) -> None:
    update = await approved(feed.platform.database, "Visits", "2026-02-03T04:05:06Z")
    found = await read(feed)
    (entry,) = found.entries
    assert (entry.id, entry.link) == (f"urn:uuid:{update}", f"https://aep.example/updates/{update}")
    assert (entry.title, entry.content[0].value) == ("Visits", "text of Visits")
    assert entry.published == entry.updated == found.feed.updated == "2026-02-03T04:05:06+00:00"


async def test_the_newest_come_first_and_the_feed_is_as_new_as_they_are(feed: Served) -> None:
    for day in (2, 5, 3):
        await approved(feed.platform.database, f"day {day}", f"2026-02-0{day}T00:00:00Z")
    assert await titles(feed) == ["day 5", "day 3", "day 2"]
    assert (await read(feed)).feed.updated == "2026-02-05T00:00:00+00:00"


async def test_a_feed_holds_the_fifty_newest(feed: Served) -> None:
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    for number in range(52):
        await approved(feed.platform.database, f"number {number}", (begin + timedelta(hours=number)).isoformat())
    found = await titles(feed)
    assert (len(found), found[0], found[-1]) == (50, "number 51", "number 2")


async def test_what_is_withdrawn_leaves_the_feed_and_what_is_approved_anew_comes_back(feed: Served) -> None:
    update = await approved(feed.platform.database, "first words")
    await withdraw(feed.platform.database, update)
    assert await titles(feed) == []
    await approved(feed.platform.database, "better words", "2026-03-01T00:00:00Z", id=update)
    assert await titles(feed) == ["better words"]


@pytest.mark.parametrize(
    ("language", "title", "text", "spoken"),
    [
        ("en", "News", "Words", ("en", "en")),
        ("fr", "Nouvelles", "Mots", ("fr", "fr")),
        ("fr-CH", "Nouvelles", "Mots", ("fr", "fr")),
        ("ja", "News", "Words", ("en", "en")),
        ("ko", "소식", "Words", ("ko", "en")),
    ],
)
async def test_an_entry_is_in_the_readers_language_where_there_is_one_and_says_which(
    feed: Served, language: str, title: str, text: str, spoken: tuple[str, str]
) -> None:
    await approved(
        feed.platform.database,
        "x",
        title={"en": "News", "fr": "Nouvelles", "ko": "소식"},
        text={"en": "Words", "fr": "Mots"},
    )
    (entry,) = (await read(feed, language=language)).entries
    assert (entry.title, entry.content[0].value) == (title, text)
    root = ElementTree.fromstring(await body(feed, language=language))
    lang = "{http://www.w3.org/XML/1998/namespace}lang"
    words = [root.find(f"{{*}}entry/{{*}}{name}") for name in ("title", "content")]
    assert tuple(word.get(lang) for word in words if word is not None) == spoken
    assert root.get(lang) == language


async def test_the_words_are_in_the_language_of_their_title(feed: Served) -> None:
    """Half a translation would read as a title in one language and words in another."""
    await approved(feed.platform.database, "News", text={"en": "Words", "fr": "Mots"})
    (entry,) = (await read(feed, language="fr")).entries
    assert (entry.title, entry.content[0].value) == ("News", "Words")


@pytest.mark.parametrize("words", ["<b>bold</b> & more", "]]>", "a\n\nb\tc", "教育 🎓", "&lt;", '"quoted"'])
async def test_words_are_read_as_they_were_written(feed: Served, words: str) -> None:
    await approved(feed.platform.database, "x", text={"en": words})
    root = ElementTree.fromstring(await body(feed))
    assert root.findtext("{*}entry/{*}content") == words


@pytest.mark.parametrize("language", ["", "english", "xx", "x" * 20])
async def test_a_language_that_is_none_is_refused(feed: Served, language: str) -> None:
    answer = await feed.call(None, "GET", "feed.atom", params={"language": language})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-input")

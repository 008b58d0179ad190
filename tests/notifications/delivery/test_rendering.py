"""The words of a mail: in the reader's languages, whatever an update left out, and the same for every attempt."""

from __future__ import annotations

import email
import email.policy
import unicodedata
from email.message import EmailMessage
from typing import Any
from xml.etree import ElementTree

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aep_notifications.delivery.rendering import Recipient, message_id, render, written

SITE = "https://aep.example"
UPDATE: dict[str, Any] = {
    "id": "01980000-0000-7000-8000-000000000001",
    "about": {"type": "initiative", "slug": "lab"},
    "kind": "news",
    "approved_at": "2026-02-01T00:00:00Z",
    "title": {"en": "Visits", "fr": "Visites"},
    "text": {"en": "Twelve pairs.\nIn June.", "fr": "Douze paires."},
    "links": ["https://lab.example/a?b=1&c=2"],
}


def to(*items: dict[str, Any], language: str = "en", **more: Any) -> Recipient:
    given = {"title": {"en": "News", "fr": "Nouvelles"}, "introduction": {"en": "Dear readers"}, **more}
    updates = [orjson.dumps(item).decode() for item in items]
    return Recipient("issue-1", "subscriber-1", "r@reader.example", "the-token", [language], updates=updates, **given)


def mail(recipient: Recipient, sender: str = "Office <sec@platform.example>") -> EmailMessage:
    content = render(recipient, sender, SITE).content
    return email.message_from_bytes(content, _class=EmailMessage, policy=email.policy.default)


def words(recipient: Recipient) -> tuple[str, str, str]:
    made = written(recipient, recipient.languages[0], SITE, f"{SITE}/leave")
    return made.subject, made.text, made.html


@pytest.mark.parametrize(
    ("language", "subject", "title", "text"),
    [
        ("en", "News", "Visits", "Twelve pairs."),
        ("fr", "Nouvelles", "Visites", "Douze paires."),
        ("fr-CH", "Nouvelles", "Visites", "Douze paires."),
        ("ko", "News", "Visits", "Twelve pairs."),
    ],
)
def test_a_mail_is_in_the_readers_language_where_there_is_one(
    language: str, subject: str, title: str, text: str
) -> None:
    found, plain, html = words(to(UPDATE, language=language))
    assert found == subject
    for shown in (plain, html):
        assert title in shown
        assert text in shown
    assert f'<html lang="{language}">' in html


def test_an_update_in_one_language_alone_is_shown_in_it_and_says_so() -> None:
    korean = {**UPDATE, "title": {"ko": "방문"}, "text": {"ko": "열두 쌍"}}
    subject, plain, html = words(to(korean, language="fr"))
    assert subject == "Nouvelles"
    assert "열두 쌍" in plain
    assert '<h2 style="font-size:1.2rem" lang="ko">' in html


def test_the_text_is_in_the_language_of_its_title() -> None:
    """Half a translation would read as a title in one language and words in another."""
    half = {**UPDATE, "title": {"en": "Visits"}, "text": {"en": "Twelve pairs.", "fr": "Douze paires."}}
    _subject, plain, _html = words(to(half, language="fr"))
    assert "Twelve pairs." in plain
    assert "Douze" not in plain


@pytest.mark.parametrize("links", [None, []])
def test_an_update_without_links_has_none(links: list[str] | None) -> None:
    bare = {name: value for name, value in UPDATE.items() if name != "links"}
    _subject, plain, html = words(to(bare if links is None else {**bare, "links": links}))
    assert "<ul>" not in html
    assert plain.count("https://") == 3


def test_an_issue_without_an_introduction_begins_with_its_updates() -> None:
    _subject, plain, html = words(to(UPDATE, introduction={}))
    assert plain.startswith("News\n====\n\nVisits\n------\nTwelve pairs.\nIn June.\nhttps://lab.example/a?b=1&c=2\n")
    assert html.index("<h1") < html.index("<h2") < html.index("<p")


def test_each_update_has_its_page_in_the_order_of_the_issue() -> None:
    ids = [f"{UPDATE['id'][:-1]}{number}" for number in (3, 1, 2)]
    _subject, plain, html = words(to(*({**UPDATE, "id": one} for one in ids)))
    for shown in (plain, html):
        places = [shown.index(f"{SITE}/updates/{one}") for one in ids]
        assert places == sorted(places)


def test_a_title_of_several_lines_is_one_line_in_the_mail() -> None:
    subject, plain, _html = words(to(UPDATE, title={"en": "News\r\nBcc: x@y.example"}))
    assert subject == "News Bcc: x@y.example"
    assert plain.startswith("News Bcc: x@y.example\n====")


MARKUP = "<script>alert('x')</script> & \"y\""


@pytest.mark.parametrize("part", ["title", "introduction", "item title", "item text", "link"])
def test_nothing_that_somebody_wrote_is_markup(part: str) -> None:
    item, more = dict(UPDATE), {}
    match part:
        case "item title":
            item["title"] = {"en": MARKUP}
        case "item text":
            item["text"] = {"en": MARKUP}
        case "link":
            item["links"] = ["https://lab.example/?a='1'&b"]
        case _:
            more = {part: {"en": MARKUP}}
    _subject, plain, html = words(to(item, **more))
    assert "<script" not in html
    assert "'1'" not in html
    assert MARKUP in plain or part == "link"


TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn", "Zl", "Zp")), min_size=1, max_size=80).filter(
    str.strip
)


@settings(max_examples=30)
@given(title=TEXTS, text=TEXTS)
def test_a_mail_holds_the_words_of_an_update_whatever_they_are(title: str, text: str) -> None:
    made = mail(to({**UPDATE, "title": {"en": title}, "text": {"en": text}}))
    plain = made.get_body(("plain",))
    assert plain is not None
    # A mail has lines of its own: what separates lines elsewhere may separate them here.
    assert "".join(unicodedata.normalize("NFC", title).split()) in "".join(plain.get_content().split())
    html = made.get_body(("html",))
    assert html is not None
    assert "<h2" in html.get_content()


def test_one_click_leaves_and_a_reader_can_open_the_page() -> None:
    made = mail(to(UPDATE))
    address = f"{SITE}/api/notifications/v1/subscriptions/unsubscribe?token=the-token"
    assert made["List-Unsubscribe"] == f"<{address}>"
    assert made["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert (made["Auto-Submitted"], made["Precedence"]) == ("auto-generated", "bulk")
    assert (made["To"], made["Subject"]) == ("r@reader.example", "News")
    for kind in ("plain", "html"):
        body = made.get_body((kind,))
        assert body is not None
        assert f"{SITE}/subscriptions/unsubscribe/the-token" in body.get_content()


@pytest.mark.parametrize("sender", ["sec@platform.example", "Office <sec@platform.example>"])
def test_every_attempt_at_a_delivery_has_one_name_that_tells_nobody_the_token(sender: str) -> None:
    first, again = mail(to(UPDATE), sender)["Message-ID"], mail(to(UPDATE, title={"en": "Other"}), sender)["Message-ID"]
    assert first == again
    assert first.endswith("@platform.example>")
    assert "the-token" not in first
    others = {message_id("issue-2", "the-token", "h"), message_id("issue-1", "other", "h")}
    assert len({message_id("issue-1", "the-token", "h"), *others}) == 3


def test_the_html_is_well_formed_and_loads_nothing() -> None:
    _subject, _plain, html = words(to(UPDATE, UPDATE))
    body = html[html.index("<body") : html.index("</body>") + len("</body>")]
    found = ElementTree.fromstring(body.replace('<hr style="border:0;border-top:1px solid #767676">', ""))
    assert {element.tag for element in found.iter()} <= {"body", "div", "h1", "h2", "p", "a", "ul", "li"}
    assert "src=" not in html
    assert "url(" not in html

"""The feed is well-formed XML whatever was approved."""

from __future__ import annotations

from xml.etree import ElementTree

from aep_notifications.feeds.service import atom
from aep_shared.contracts.registry.update import UPDATE


def test_signs_that_xml_cannot_write_do_not_break_the_feed() -> None:
    signs = "a\x01\x0b\ufffe\uffff\ud800b"
    update = UPDATE.example.model_copy(update={"title": {"en": signs}, "text": {"en": signs}})
    body = atom([update], "https://aep.example", "en")
    found = ElementTree.fromstring(body).findtext("{*}entry/{*}title")
    assert found is not None
    assert found.startswith("a\ufffd")
    assert found.endswith("b")


def test_a_feed_says_which_language_its_words_are_in_and_where_it_is() -> None:
    update = UPDATE.example.model_copy(update={"title": {"en": "A"}, "text": {"en": "B"}})
    addresses = set()
    for language in ("en", "fr"):
        body = atom([update], "https://aep.example", language)
        feed = ElementTree.fromstring(body)
        lang = "{http://www.w3.org/XML/1998/namespace}lang"
        words = [feed.find(f"{{*}}entry/{{*}}{name}") for name in ("title", "content")]
        assert [word is not None and word.get(lang) for word in words] == ["en", "en"]
        own = feed.find("{*}link[@rel='self']")
        assert own is not None
        assert own.get("href") == feed.findtext("{*}id")
        addresses.add(own.get("href"))
    assert len(addresses) == 2

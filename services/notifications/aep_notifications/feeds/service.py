"""From approved updates to an Atom feed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from xml.etree import ElementTree

from aep_shared.contracts.registry import Update
from aep_shared.language import in_language
from aep_shared.text import readable

_ATOM = "http://www.w3.org/2005/Atom"
_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_FIRST = "en"


def atom(updates: Sequence[Update], site_url: str, language: str) -> bytes:
    """The feed; ids are made of record ids, so they survive renaming and moving of pages."""
    ElementTree.register_namespace("", _ATOM)
    feed = _element("feed", {_LANG: language})
    _text(feed, "title", "Approved updates")
    address = f"{site_url}/api/notifications/v1/feed.atom"
    address += "" if language == _FIRST else f"?language={language}"
    _text(feed, "id", address)
    _text(feed, "updated", max((update.approved_at for update in updates), default=_EPOCH).isoformat())
    _link(feed, "self", address)
    _link(feed, "alternate", f"{site_url}/")
    author = ElementTree.SubElement(feed, f"{{{_ATOM}}}author")
    _text(author, "name", "Secretariat")
    for update in updates:
        _entry(feed, update, site_url, language)
    return bytes(ElementTree.tostring(feed, encoding="utf-8", xml_declaration=True))


def _entry(feed: ElementTree.Element, update: Update, site_url: str, language: str) -> None:
    entry = ElementTree.SubElement(feed, f"{{{_ATOM}}}entry")
    title, used = in_language(update.title, language)
    words, spoken = in_language(update.text, used)
    _text(entry, "title", title, {_LANG: used})
    _text(entry, "id", f"urn:uuid:{update.id}")
    _text(entry, "published", update.approved_at.isoformat())
    _text(entry, "updated", update.approved_at.isoformat())
    _link(entry, "alternate", f"{site_url}/updates/{update.id}")
    content = ElementTree.SubElement(entry, f"{{{_ATOM}}}content", {"type": "text", _LANG: spoken})
    content.text = _clean(words)


def _element(name: str, attributes: dict[str, str]) -> ElementTree.Element:
    return ElementTree.Element(f"{{{_ATOM}}}{name}", attributes)


def _text(parent: ElementTree.Element, name: str, value: str, attributes: dict[str, str] | None = None) -> None:
    ElementTree.SubElement(parent, f"{{{_ATOM}}}{name}", attributes or {}).text = _clean(value)


def _link(parent: ElementTree.Element, relation: str, address: str) -> None:
    ElementTree.SubElement(parent, f"{{{_ATOM}}}link", {"rel": relation, "href": address})


def _clean(value: str) -> str:
    """XML 1.0 has no way to write control characters and noncharacters, not even escaped."""
    return readable(value)

"""What a reader sees of a page: its words and its links, without the frame that all pages have."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

import httpx2

_SPACED = {"li", "p", "h1", "h2", "h3", "dt", "dd", "ul", "ol", "dl", "section", "a", "td", "th", "span", "option"}


@dataclass
class Seen:
    """The words of a page in reading order, and its links: what they are called and where they lead."""

    words: str
    links: list[tuple[str, str]] = field(default_factory=list)

    def leads(self, called: str) -> str | None:
        """Where the first link of this name leads."""
        return next((address for name, address in self.links if name == called), None)

    def to(self, start: str) -> list[str]:
        """The links that lead below an address, by their names in reading order."""
        return [name for name, address in self.links if address.startswith(start)]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self.links: list[tuple[str, str]] = []
        self._inside = False
        self._link: tuple[str, int] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = self._inside or tag == "main"
        if tag in _SPACED:
            self.pieces.append(" ")
        if self._inside and tag == "a":
            self._link = (dict(attrs).get("href") or "", len(self.pieces))

    def handle_endtag(self, tag: str) -> None:
        if tag == "main":
            self._inside = False
        if tag == "a" and self._link:
            address, first = self._link
            self.links.append((_line(self.pieces[first:]), address))
            self._link = None
        if tag in _SPACED:
            self.pieces.append(" ")

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.pieces.append(data)


def seen(page: httpx2.Response) -> Seen:
    """What is read in the main part of a page."""
    reader = _Reader()
    reader.feed(page.text)
    return Seen(_line(reader.pieces), reader.links)


def _line(pieces: list[str]) -> str:
    return " ".join("".join(pieces).split())

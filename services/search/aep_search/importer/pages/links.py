"""Hangs the addresses that a PDF lists at the end of a page on the paragraphs that they belong to."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field
from urllib.parse import unquote

from aep_search.importer.drafting.draft import Draft, Part
from aep_search.importer.drafting.lines import Line

_WORD = re.compile(r"[^\W_]{3,}")
_HOST = re.compile(r"(?:[a-z]+://)?(?:www\.)?([^/?#:]+)", re.IGNORECASE)
_COMMON = frozenset(
    {"www", "http", "https", "ftp", "com", "org", "net", "edu", "gov", "int", "html", "htm", "php", "pdf"}
)
_LATEST = 40
_SAME_HOST = 1000


@dataclass(slots=True)
class _Neighbour:
    """What a paragraph says on one page."""

    part: Part
    begin: int
    words: set[str] = field(default_factory=set)
    hosts: set[str] = field(default_factory=set)


def hang_links(draft: Draft, addresses: list[Line]) -> None:
    """Each address goes to the paragraph of its page that names its host or shares most words with it.

    Without a shared word, and between equals, the last paragraph before the list has it. An address that
    repeats in a paragraph is listed as removed. Only the latest paragraphs of a page are compared, which
    keeps a file of one endless page linear.
    """
    neighbours = _neighbours(draft, {address.page for address in addresses})
    parts = deque(draft.parts)
    last = parts[0] if parts else None
    for address in addresses:
        while parts and parts[0].blocks[0].span[0] < address.number:
            last = parts.popleft()
        part = _best(address, neighbours.get(address.page, ())) or last
        if part:
            draft.hang(part, [address.text], address.number)


def _neighbours(draft: Draft, wanted: set[int]) -> dict[int, deque[_Neighbour]]:
    pages: dict[int, deque[_Neighbour]] = {page: deque(maxlen=_LATEST) for page in wanted}
    for part in draft.parts:
        for line in (line for block in part.blocks for line in block.lines if line.page in wanted):
            page = pages[line.page]
            if not page or page[-1].part is not part:
                page.append(_Neighbour(part, line.number))
            text = line.text.lower()
            page[-1].words.update(_WORD.findall(text))
            page[-1].hosts.update(
                word.strip("()[].,;:“”\"'").removeprefix("www.") for word in text.split() if "." in word
            )
    return pages


def _best(address: Line, neighbours: deque[_Neighbour] | tuple[()]) -> Part | None:
    host = _HOST.match(address.text)
    name = host[1].lower() if host else ""
    words = set(_WORD.findall(unquote(address.text).lower())) - _COMMON - {name.rpartition(".")[2]}
    best, most = None, 0
    for neighbour in neighbours:
        shared = len(words & neighbour.words) + (_SAME_HOST if name in neighbour.hosts else 0)
        if neighbour.begin < address.number and shared and shared >= most:
            best, most = neighbour.part, shared
    return best

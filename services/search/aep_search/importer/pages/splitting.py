"""Takes laid-out text apart into lines of text and what the page added to them.

Written for text drawn from a PDF, where each line of print is a line, often with a blank line after each.
Page breaks show as a form feed, as a page number, or, in double-spaced text, as a line that follows without
its blank line and begins with a blank.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from aep_search.importer.drafting.lines import Line, ends_sentence, is_address, opens, split_lines
from aep_search.importer.model import Removed

_PAGE_NUMBER = re.compile(
    r"(?:[-\u2013\u2014]\s?|(?:page|seite)\s)?(\d{1,4})(?:\s?[-\u2013\u2014]|\s?(?:/|of|von|sur)\s?\d{1,4})?$",
    re.IGNORECASE,
)
_TITLE_LINES, _SHORTEST_TITLE, _LONGEST_RUNNING_TITLE = 5, 8, 120
_SEEN_AT_PAGE_EDGES = 3


@dataclass(slots=True)
class Pages:
    """The lines of text with their pages numbered, the addresses by page, and what was taken out."""

    lines: list[Line]
    normal_gap: int
    addresses: list[Line] = field(default_factory=list)
    removed: list[Removed] = field(default_factory=list)


def split_pages(text: str) -> Pages:
    lines = split_lines(text)
    pages = Pages(lines, _normal_gap(lines))
    furniture = dict.fromkeys(_edge_titles(lines), False)
    _mark_breaks(lines, pages.normal_gap)
    furniture.update(_furniture(lines, pages.normal_gap))
    addresses = _address_lists(lines, pages.normal_gap, furniture)
    kept: list[Line] = []
    page, fresh = 1, False
    for index, line in enumerate(lines):
        fresh = fresh or line.fresh
        if index in furniture:
            pages.removed.append(
                Removed(line.number, line.text, "page-number" if furniture[index] else "running-title")
            )
            fresh = True
        elif index in addresses:
            line.page = page
            pages.addresses.append(line)
        else:
            page += fresh
            line.fresh, line.page, fresh = fresh, page, False
            kept.append(line)
    pages.lines = kept
    return pages


def _normal_gap(lines: list[Line]) -> int:
    """1 in double-spaced text, else 0: the gap at which sentences usually run on."""
    running: Counter[int] = Counter()
    spacing: Counter[int] = Counter()
    for above, line in pairwise(lines):
        spacing[line.gap] += 1
        if line.text[0].islower() and not ends_sentence(above.text):
            running[line.gap] += 1
    counts = running if running[0] + running[1] else spacing
    return int(counts[1] > counts[0])


def _mark_breaks(lines: list[Line], normal_gap: int) -> None:
    for line in lines[1:]:
        if normal_gap and line.gap == 0 and line.indented and not is_address(line.text):
            line.fresh = True


def _furniture(lines: list[Line], normal_gap: int) -> dict[int, bool]:
    """Indexes of page numbers (True) and running titles (False)."""
    numeric = {index: int(match[1]) for index, line in enumerate(lines) if (match := _PAGE_NUMBER.match(line.text))}
    titles = _running_titles(lines, numeric)
    furniture: dict[int, bool] = {}
    last = 0
    for index, value in numeric.items():
        beside = [near for near in (index - 1, index + 1) if 0 <= near < len(lines) and lines[near].text in titles]
        apart = lines[index].gap > normal_gap or lines[index].fresh or is_address(lines[index - 1].text)
        if value > last and (apart or beside):
            last = value
            furniture[index] = True
            furniture.update(dict.fromkeys(beside, False))
    return furniture


def _running_titles(lines: list[Line], numeric: Iterable[int]) -> set[str]:
    """Texts that stand beside two page numbers, or beside one and open like the document's first lines."""
    beside = Counter(
        lines[near].text
        for index in numeric
        for near in (index - 1, index + 1)
        if _TITLE_LINES <= near < len(lines) and _could_run(lines[near].text)
    )
    first = tuple(line.text for line in lines[:_TITLE_LINES] if len(line.text) >= _SHORTEST_TITLE)
    return {text for text, count in beside.items() if count > 1 or text.startswith(first)}


def _could_run(text: str) -> bool:
    """Whether a text looks like a title and not like a line of a sentence."""
    if len(text) > _LONGEST_RUNNING_TITLE or _PAGE_NUMBER.match(text) or is_address(text):
        return False
    return opens(text) and not ends_sentence(text)


def _edge_titles(lines: list[Line]) -> list[int]:
    """First and last lines of pages marked by form feeds, where most pages share them."""
    feeds = [index for index, line in enumerate(lines) if line.fresh and index]
    edges = [near for index in feeds for near in (index - 1, index) if _could_run(lines[near].text)]
    counts = Counter(lines[index].text for index in edges)
    common = max(_SEEN_AT_PAGE_EDGES, len(feeds) // 2 + 1)
    return [index for index in edges if counts[lines[index].text] >= common]


def _address_lists(lines: list[Line], normal_gap: int, furniture: dict[int, bool]) -> set[int]:
    """Indexes of lines that are nothing but an address, except one that a sentence runs through."""
    found = {index for index, line in enumerate(lines) if index not in furniture and is_address(line.text)}
    return {index for index in found if not _inside_sentence(lines, index, normal_gap, found)}


def _inside_sentence(lines: list[Line], index: int, normal_gap: int, addresses: set[int]) -> bool:
    if index == 0 or index + 1 == len(lines) or addresses & {index - 1, index + 1}:
        return False
    line, after = lines[index], lines[index + 1]
    plain = line.gap == normal_gap == after.gap and not line.fresh and not after.fresh
    return plain and not ends_sentence(lines[index - 1].text) and not opens(after.text)

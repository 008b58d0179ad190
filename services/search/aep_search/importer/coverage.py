"""Proves that an imported document holds every character that can be seen in its file.

The check reads the file anew and knows nothing of how it was parsed, only what a layout writes around the
text: marks of notes, numbers of paragraphs, Markdown's signs.
"""

from __future__ import annotations

import html
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from aep_search.importer.decode import MAX_BYTES, decode, flatten, visible
from aep_search.importer.model import Document, Footnote, Heading, Layout, Paragraph

_EXPORT_MARKS = re.compile(r"\[footnoteRef:\s?\d{1,4}\]")
_ANCHORS = re.compile(r"\[(?:footnoteRef|bookmark):[^\]\n]*\]")
_EXPORT_BRACKETS = re.compile(r"\[\d{1,4}:|[\[\]]")
_MARKDOWN_MARKS = re.compile(r"\[\^[^\]\s]{1,60}\]:?")
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Coverage:
    """`lines` of the file that are nowhere in the document, and characters with their number of occurrences.

    `missing` characters are in the file and not in the document, `added` ones the other way round.
    """

    lines: tuple[int, ...]
    missing: dict[str, int]
    added: dict[str, int]

    @property
    def complete(self) -> bool:
        return not self.lines and not self.missing


@dataclass(frozen=True, slots=True)
class _Piece:
    first: int
    last: int
    text: str


@dataclass(frozen=True, slots=True)
class _Content:
    characters: Counter[str]
    words: frozenset[str]


def check_coverage(data: bytes, document: Document, *, max_bytes: int = MAX_BYTES) -> Coverage:
    source = decode(data, max_bytes=max_bytes).split("\n")
    pieces = list(_pieces(document, source))
    expected = _characters(document.layout, "\n".join(source))
    found = _characters(document.layout, "\n".join(piece.text for piece in pieces))
    lines = tuple(_lost_lines(document.layout, source, pieces))
    return Coverage(lines, dict(expected - found), dict(found - expected))


def _pieces(document: Document, source: list[str]) -> Iterator[_Piece]:
    for item in document.items:
        first, last = item.lines if isinstance(item, Paragraph) else (item.line, item.last_line)
        label = _label(item, source[first - 1])
        yield _Piece(first, last, f"{label}\n{item.text}")
        if isinstance(item, Paragraph):
            # Notes and addresses stand anywhere in the file, so they belong to no line.
            yield from (_Piece(0, 0, _note(document.layout, note)) for note in item.footnotes)
            yield from (_Piece(0, 0, link) for link in item.links)
    for removed in document.removed:
        # A removed address is named with the first line of its paragraph, which may have more of them.
        line = 0 if removed.reason in ("no-link", "repeated-link") else removed.line
        yield _Piece(line, line, removed.text)


def _label(item: Heading | Paragraph, line: str) -> str:
    """The number in front of the text, with the full stop that the source has there."""
    if item.number is None:
        return ""
    dotted = f"{item.number}."
    return dotted if dotted in line else item.number


def _note(layout: Layout, note: Footnote) -> str:
    """A note on a page has its mark twice, in the text and at the foot."""
    return f"{note.mark} {note.mark} {note.text}" if layout == "pages" else note.text


def _plain(layout: Layout, text: str) -> str:
    if layout == "lines":
        return _EXPORT_BRACKETS.sub(" ", _EXPORT_MARKS.sub("", text))
    return _MARKDOWN_MARKS.sub("", html.unescape(text)) if layout == "markdown" else text


def _characters(layout: Layout, text: str) -> Counter[str]:
    """Markdown's signs are no text: there only letters and digits count."""
    seen = visible(_plain(layout, text))
    if layout != "markdown":
        return seen
    return Counter({character: count for character, count in seen.items() if character.isalnum()})


def _lost_lines(layout: Layout, source: list[str], pieces: list[_Piece]) -> Iterator[int]:
    """Lines that are neither in what stands on them, by characters, nor in notes, word by word."""
    by_line: defaultdict[int, list[_Content]] = defaultdict(list)
    anywhere: set[str] = set()
    for piece in pieces:
        content = _Content(_characters(layout, piece.text), frozenset(_words(layout, piece.text)))
        if not piece.first:
            anywhere |= content.words
        for number in range(piece.first, piece.last + 1):
            by_line[number].append(content)
    for number, line in enumerate(source, start=1):
        here = by_line[number]
        words = _words(layout, _ANCHORS.sub("", line))
        if not _within(_characters(layout, line), here) and not _known(words, here, anywhere):
            yield number


def _words(layout: Layout, text: str) -> list[str]:
    return _WORD.findall(flatten(_plain(layout, text)))


def _within(wanted: Counter[str], here: list[_Content]) -> bool:
    return all(sum(content.characters[character] for content in here) >= count for character, count in wanted.items())


def _known(words: list[str], here: list[_Content], anywhere: set[str]) -> bool:
    return all(word in anywhere or any(word in content.words for content in here) for word in words)

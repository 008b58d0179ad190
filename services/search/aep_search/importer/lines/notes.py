"""Notes and bookmarks that a word processor's export writes into the text.

A mark is `[footnoteRef:4]`; its note `[4: ...]` follows somewhere after it, may hold brackets of its own and
may run over several lines; `[bookmark: name]` is an anchor that readers never see.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from aep_search.importer.decode import squeeze
from aep_search.importer.model import Footnote, Removed

_MARK = re.compile(r"\[footnoteRef:\s?(\d{1,4})\]")
_NOTE_START = re.compile(r"\[(\d{1,4}):")
_BRACKET = re.compile(r"[\[\]]")
_BOOKMARK = re.compile(r"\[bookmark:[^\]\n]{0,200}\]")
_LONGEST_NOTE = 10_000
_SIGNS = tuple(",.;:")


@dataclass(frozen=True, slots=True)
class Notes:
    """The notes by mark, and the text without them, its lines still numbered as in the source."""

    texts: dict[str, str]
    text: str


@dataclass(frozen=True, slots=True)
class Bare:
    """A line without marks."""

    text: str
    marks: tuple[str, ...]


def has_notes(text: str) -> bool:
    return _MARK.search(text) is not None or _BOOKMARK.search(text) is not None


def take_notes(text: str) -> Notes:
    """Takes out the notes whose mark stands in the text; `[3: ...]` without a mark stays where it is."""
    marks = set(_MARK.findall(text))
    texts: dict[str, str] = {}
    kept: list[str] = []
    position = 0
    while start := _NOTE_START.search(text, position):
        end = _end_of_note(text, start.end()) if start[1] in marks else None
        # Each mark is tried once: a file of brackets that nobody closes must not be read again and again.
        marks.discard(start[1])
        if end is None:
            kept.append(text[position : start.end()])
            position = start.end()
            continue
        note = text[start.end() : end]
        texts[start[1]] = "\n".join(filter(None, (squeeze(line) for line in note.split("\n"))))
        kept.append(text[position : start.start()] + "\n" * note.count("\n"))
        position = end + 1
    kept.append(text[position:])
    return Notes(texts, "".join(kept))


def _end_of_note(text: str, begin: int) -> int | None:
    """Where the bracket that closes the note stands; None where it is never closed."""
    depth = 1
    for bracket in _BRACKET.finditer(text, begin, begin + _LONGEST_NOTE):
        depth += 1 if bracket[0] == "[" else -1
        if depth == 0:
            return bracket.start()
    return None


def bare(raw: str) -> Bare:
    """The line without its marks; a blank that stood between a mark and a comma goes with it."""
    first, *pieces = _MARK.split(raw)[::2]
    joined = (piece.lstrip() if piece.lstrip()[:1] in _SIGNS else piece for piece in pieces)
    return Bare(first + "".join(joined), tuple(_MARK.findall(raw)))


def take_bookmarks(text: str) -> tuple[str, list[Removed]]:
    """The text without bookmarks, and each bookmark with its line."""
    kept: list[str] = []
    removed: list[Removed] = []
    for number, line in enumerate(text.split("\n"), start=1):
        removed.extend(Removed(number, found, "bookmark") for found in _BOOKMARK.findall(line))
        kept.append(_BOOKMARK.sub("", line))
    return "\n".join(kept), removed


def footnotes(marks: tuple[str, ...], notes: Notes) -> list[Footnote]:
    return [Footnote(mark, notes.texts[mark]) for mark in marks if mark in notes.texts]


def lost_marks(marks: tuple[str, ...], notes: Notes, line: int) -> list[Removed]:
    return [Removed(line, f"[footnoteRef:{mark}]", "lost-mark") for mark in marks if mark not in notes.texts]

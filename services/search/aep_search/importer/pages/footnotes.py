"""Footnotes at the foot of a page: their text, and their marks, which stick to the words before them."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from aep_search.importer.drafting.lines import Line, join
from aep_search.importer.model import Footnote

_NOTE = re.compile(r"(\d{1,3}|[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3}|[*†‡])\s?(?=\S)")
_WORD = re.compile(r"[^\W_]+")
_SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_PLAIN = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_STUCK_TO = ".,;:!?)]”\u2019\"'»"


@dataclass(frozen=True, slots=True)
class _Place:
    line: int
    start: int
    end: int
    likelihood: int


def take_footnotes(lines: list[Line], normal_gap: int) -> list[Line]:
    """The lines without footnotes; each note hangs on the line that bears its mark, and the mark is gone.

    A note must follow the one before it by one, stand apart at the end of its page, and the first of a
    document needs a mark: a date at the end of a page is no footnote.
    """
    words = Counter(word for line in lines for word in _WORD.findall(line.text))
    kept: list[Line] = []
    last = 0
    for page in _by_page(lines):
        body, foot = _split_foot(page, normal_gap)
        for note in foot:
            mark = _mark_of(note[0])
            place = _find_mark(body, mark, words)
            sequel = mark.isdigit() and int(mark) in (last + 1, 1)
            if not body or not (place or (sequel and last)) or (mark.isdigit() and not sequel):
                body.extend(note)
                continue
            last = int(mark) if mark.isdigit() else last
            _attach(body, place, mark, note)
        kept.extend(body)
    return kept


def _by_page(lines: list[Line]) -> list[list[Line]]:
    pages: list[list[Line]] = []
    for line in lines:
        if not pages or pages[-1][0].page != line.page:
            pages.append([])
        pages[-1].append(line)
    return pages


def _split_foot(page: list[Line], normal_gap: int) -> tuple[list[Line], list[list[Line]]]:
    """The page's text and its notes, each with its wrapped lines."""
    end = len(page)
    start = _foot_start(page, end, normal_gap)
    while start is not None:
        end = start
        start = _foot_start(page, end, normal_gap)
    notes: list[list[Line]] = []
    for line in page[end:]:
        if _opens_note(line, notes):
            notes.append([line])
        else:
            notes[-1].append(line)
    return page[:end], notes


def _foot_start(page: list[Line], end: int, normal_gap: int) -> int | None:
    for index in range(end - 1, 0, -1):
        if page[index].gap > normal_gap:
            return index if _NOTE.match(page[index].text) and not page[index].fresh else None
    return None


def _opens_note(line: Line, notes: list[list[Line]]) -> bool:
    match = _NOTE.match(line.text)
    if not match or not notes:
        return match is not None
    mark, before = _mark_of(line), _mark_of(notes[-1][0])
    return not mark.isdigit() or (before.isdigit() and int(mark) == int(before) + 1)


def _mark_of(line: Line) -> str:
    match = _NOTE.match(line.text)
    return match[1].translate(_PLAIN) if match else ""


def _find_mark(body: list[Line], mark: str, words: Counter[str]) -> _Place | None:
    places = [place for index, line in enumerate(body) for place in _places(index, line.text, mark, words)]
    return max(places, key=lambda place: place.likelihood, default=None)


def _places(index: int, text: str, mark: str, words: Counter[str]) -> list[_Place]:
    if not mark.isdigit():
        return [_Place(index, found.start(), found.end(), 4) for found in re.finditer(re.escape(mark), text)]
    raised = mark.translate(_SUPERSCRIPT)
    found_places = []
    for found in _WORD.finditer(text):
        word, start, end = found[0], found.start(), found.end()
        if word.endswith(raised):
            found_places.append(_Place(index, end - len(raised), end, 4))
        elif word == mark and start > 1 and text[start - 1] in _STUCK_TO and not text[start - 2].isdigit():
            found_places.append(_Place(index, start, end, 2))
        elif word.endswith(mark) and (likelihood := _likelihood(word, word[: -len(mark)], words)):
            found_places.append(_Place(index, end - len(mark), end, likelihood))
    return found_places


def _likelihood(word: str, base: str, words: Counter[str]) -> int:
    """The mark of "Goal11" is 1 where Goal1 occurs elsewhere and Goal11 does not; 31 is a number."""
    if not base or base.isdigit() or words[word] > 1:
        return 0
    if words[base]:
        return 3
    return int(base.isalpha() and len(base) > 3)


def _attach(body: list[Line], place: _Place | None, mark: str, note: list[Line]) -> None:
    target = body[place.line] if place else body[-1]
    if place:
        target.text = " ".join((target.text[: place.start] + target.text[place.end :]).split())
    found = _NOTE.match(note[0].text)
    first = note[0].text[found.end() :] if found else note[0].text
    target.notes.append(Footnote(mark, join([first, *(line.text for line in note[1:])])))

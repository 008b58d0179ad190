"""Text with one line a paragraph: numbered sections, other headings, lists and rows set with tabs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from aep_search.importer.decode import squeeze
from aep_search.importer.drafting.blocks import Block
from aep_search.importer.drafting.draft import Draft
from aep_search.importer.drafting.lines import Line, ends_sentence, opens
from aep_search.importer.drafting.outline import SECTION, Outline
from aep_search.importer.drafting.refs import Positions, slug
from aep_search.importer.lines.notes import Notes, bare, footnotes, lost_marks, take_bookmarks, take_notes
from aep_search.importer.model import Document

_ITEM = re.compile(r"(?:[·•▪◦‣○●■\u2013\u2014*-]|\(?[a-z0-9]{1,3}\)|\([ivx]{1,5}\))\s+\S", re.IGNORECASE)
_TABS = re.compile(r"[ \u00a0]*\t[\t \u00a0]*")
_LONGESTSECTION_TITLE, _LONGEST_HEADING = 250, 120
_LONGEST_ROW = 400


@dataclass(slots=True)
class _Text:
    """A line that is not blank, its marks taken out."""

    line: Line
    tabbed: str
    marks: tuple[str, ...]
    bookmarked: bool
    cells: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return self.line.text

    @property
    def span(self) -> tuple[int, int]:
        return self.line.number, self.line.number


def parse_lines(text: str, language: str) -> Document:
    unmarked, removed = take_bookmarks(text)
    notes = take_notes(unmarked)
    draft = Draft(removed)
    bookmarks = {piece.line for piece in removed}
    _Sections(draft, notes).parse(list(_texts(draft, notes, bookmarks)))
    return draft.finish(language, "lines")


def _texts(draft: Draft, notes: Notes, bookmarks: set[int]) -> Iterator[_Text]:
    bookmarked = False
    for number, raw in enumerate(notes.text.split("\n"), start=1):
        clean = bare(raw)
        draft.removed.extend(lost_marks(clean.marks, notes, number))
        bookmarked = bookmarked or number in bookmarks
        squeezed = squeeze(clean.text).rstrip("\u00ad")
        if squeezed or clean.marks:
            line = Line(number, squeezed, 0, notes=footnotes(clean.marks, notes))
            yield _Text(line, _TABS.sub("\t", clean.text.strip()), clean.marks, bookmarked)
            bookmarked = False


class _Sections:
    def __init__(self, draft: Draft, notes: Notes) -> None:
        self._draft = draft
        self._notes = notes
        self._outline = Outline()
        self._positions = Positions()
        self._unnamed = 0
        self._below_bookmark = False

    def parse(self, texts: list[_Text]) -> None:
        position = 0
        while position < len(texts):
            position = self._next(texts, position)
        self._draft.note_numbers(self._outline.gaps(), self._outline.doubled)
        # A mark may stand inside another note only; its note then goes to the last paragraph.
        self._draft.keep_footnotes(self._draft.uncited(self._notes.texts))

    def _next(self, texts: list[_Text], position: int) -> int:
        """Adds what begins at the position; answers where the next thing begins."""
        text = texts[position]
        following = texts[position + 1] if position + 1 < len(texts) else None
        if not text.text:
            self._draft.keep_footnotes(text.line.notes)
        elif self._is_section(text):
            self._section(text)
        elif (end := _run(texts, position, _is_item)) > position:
            self._list(texts[position:end])
            return end
        elif (end := _run(texts, position, _is_row)) > position + 1:
            self._rows(texts[position:end])
            return end
        elif following and _is_title(position, text, following):
            self._head(text, 0)
        elif following and _is_heading(text, following):
            self._unnumbered(text)
        else:
            self._draft.add(self._positions.next(), "paragraph", [Block([text.line])])
        return position + 1

    def _is_section(self, text: _Text) -> bool:
        match = SECTION.match(text.text)
        short = len(text.text) <= _LONGESTSECTION_TITLE and not ends_sentence(text.text)
        return match is not None and short and self._outline.accepts(match[1])

    def _section(self, text: _Text) -> None:
        match = SECTION.match(text.text)
        number = match[1] if match else ""
        text.line.text = text.text[match.end() :] if match else text.text
        level = self._outline.enter(number)
        self._head(text, level, number)
        self._positions.open(number)

    def _unnumbered(self, text: _Text) -> None:
        """A heading with a bookmark, or before any other, is of the first level and names refs of its own."""
        if not text.bookmarked and (self._outline.level or self._below_bookmark):
            self._head(text, max(self._outline.level, 1) + 1)
            return
        self._outline.leave()
        self._below_bookmark = text.bookmarked
        self._head(text, 1)
        self._unnamed += 1
        self._positions.open(slug(text.text) or f"part-{self._unnamed}")

    def _head(self, text: _Text, level: int, number: str | None = None) -> None:
        self._draft.head(level, text.text, text.span, number=number)
        self._draft.keep_footnotes(text.line.notes)

    def _list(self, items: list[_Text]) -> None:
        blocks = [Block([item.line]) for item in items]
        self._draft.add(self._positions.next(), "list", blocks, text="\n".join(item.text for item in items))

    def _rows(self, rows: list[_Text]) -> None:
        split = [[squeeze(cell) for cell in row.tabbed.split("\t") if squeeze(cell)] for row in rows]
        columns = max(2, _most_common(len(cells) for cells in split))
        for row, cells in zip(rows, split, strict=True):
            whole = (*cells[: columns - 1], " ".join(cells[columns - 1 :]))
            self._draft.add(
                self._positions.next(), "table-row", [Block([row.line])], text="\n".join(whole), cells=whole
            )


def _most_common(counts: Iterable[int]) -> int:
    seen = list(counts)
    return max(sorted(set(seen)), key=seen.count)


def _run(texts: list[_Text], position: int, belongs: Callable[[_Text], bool]) -> int:
    end = position
    while end < len(texts) and belongs(texts[end]):
        end += 1
    return end


def _is_item(text: _Text) -> bool:
    return _ITEM.match(text.text) is not None


def _is_row(text: _Text) -> bool:
    return "\t" in text.tabbed and len(text.text) <= _LONGEST_ROW and not _is_item(text)


def _is_title(position: int, text: _Text, following: _Text) -> bool:
    """The first line, where another heading follows it at once."""
    if position or text.bookmarked or not _could_head(text):
        return False
    return following.bookmarked or SECTION.match(following.text) is not None


def _is_heading(text: _Text, following: _Text) -> bool:
    """A short line that ends no sentence, with something longer, a list or a row below it."""
    if not _could_head(text):
        return False
    return text.bookmarked or len(following.text) > len(text.text) or _is_item(following) or "\t" in following.tabbed


def _could_head(text: _Text) -> bool:
    plain = "\t" not in text.tabbed and not _is_item(text)
    return plain and 0 < len(text.text) <= _LONGEST_HEADING and not ends_sentence(text.text) and opens(text.text)

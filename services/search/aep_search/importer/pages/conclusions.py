"""Laid-out text with numbered paragraphs: the main body, then annexes that count for themselves."""

from __future__ import annotations

import re
from itertools import pairwise

from aep_search.importer.drafting.blocks import Block, Blocker, in_capitals, is_cut_off, is_heading
from aep_search.importer.drafting.draft import Draft, Part
from aep_search.importer.drafting.lines import Line, ends_sentence
from aep_search.importer.drafting.numbering import NUMBERED, Numbering, find_numbering
from aep_search.importer.model import Document, Kind
from aep_search.importer.pages.annexes import parse_annex
from aep_search.importer.pages.footnotes import take_footnotes
from aep_search.importer.pages.links import hang_links
from aep_search.importer.pages.splitting import split_pages

_ANNEX = re.compile(
    r"(?:annex|annexe|appendix|anhang|anexo|allegato)\s+([0-9]{1,2}|[a-z]|[ivx]{1,5})(?:[.:]?$|\s?[:.\u2013\u2014-]\s.{1,150}$)",
    re.IGNORECASE,
)
_CAPITALS_LEVEL, _HEADING_LEVEL, _LEAD_IN_LEVEL = 1, 2, 3
_APART = 2
_LEAD_IN_LENGTH = 120


def parse_pages(text: str, language: str) -> Document:
    pages = split_pages(text)
    lines = take_footnotes(pages.lines, pages.normal_gap)
    draft = Draft(removed=pages.removed)
    body, annexes = _split_annexes(lines, pages.normal_gap)
    _Body(draft, pages.normal_gap).parse(body)
    for name, annex in annexes:
        parse_annex(draft, f"annex-{name}", annex, pages.normal_gap)
    hang_links(draft, pages.addresses)
    return draft.finish(language, "pages")


def _split_annexes(lines: list[Line], normal_gap: int) -> tuple[list[Line], list[tuple[str, list[Line]]]]:
    cuts = []
    for index, line in enumerate(lines):
        match = _ANNEX.match(line.text)
        if match and (line.fresh or line.gap > normal_gap) and not ends_sentence(line.text.rstrip(".:")):
            cuts.append((index, match[1].lower()))
    if not cuts:
        return lines, []
    ends = [index for index, _ in cuts[1:]] + [len(lines)]
    return lines[: cuts[0][0]], [(name, lines[index:end]) for (index, name), end in zip(cuts, ends, strict=True)]


class _Body:
    """Numbered paragraphs, headings between them, and text without a number."""

    def __init__(self, draft: Draft, normal_gap: int) -> None:
        self._draft = draft
        self._normal_gap = normal_gap
        self._open: Part | None = None
        self._after_heading = False

    def parse(self, lines: list[Line]) -> None:
        numbering = find_numbering(lines, self._normal_gap)
        self._draft.count(numbering, "")
        blocks = Blocker(self._normal_gap).split(lines, numbering.starts)
        coming = _coming_numbers(blocks)
        lead_ins = {
            block.text.rstrip(":")
            for block, after in pairwise(blocks)
            if after.number is not None and _is_lead_in(block)
        }
        for position, block in enumerate(blocks):
            before_number = position + 1 < len(blocks) and blocks[position + 1].number is not None
            if block.number is not None:
                self._number(block)
            elif before_number and (_is_lead_in(block) or block.text in lead_ins):
                self._head(block, _LEAD_IN_LEVEL, lead_in=True)
            elif is_heading(block):
                self._head(block, self._level(block))
            else:
                self._text(block, _unnumbered_name(coming[position], numbering))

    def _level(self, block: Block) -> int:
        if not self._draft.has_paragraphs and not self._draft.has_whole_title:
            return 0
        return _CAPITALS_LEVEL if in_capitals(block.text) else _HEADING_LEVEL

    def _head(self, block: Block, level: int, *, lead_in: bool = False) -> None:
        self._draft.head(level, block.text, block.span, lead_in=lead_in, cut_off=is_cut_off(block.text))
        self._open, self._after_heading = None, True
        self._draft.keep_notes(block)

    def _number(self, block: Block) -> None:
        match = NUMBERED.match(block.lines[0].text)
        if match:
            block.lines[0].text = block.lines[0].text[match.end() :]
        self._open = self._draft.add(str(block.number), "paragraph", [block], number=str(block.number))
        self._after_heading = False

    def _text(self, block: Block, name: str) -> None:
        """Text without a number goes on with what is open, unless it stands clearly apart."""
        apart = block.lines[0].gap >= _APART and not block.lines[0].fresh
        if self._open and not apart:
            self._open.blocks.append(block)
            return
        kind: Kind = "introduction" if self._after_heading and name.startswith("before") else "paragraph"
        self._open = self._draft.add_unnumbered(name, kind, block)
        self._after_heading = False


def _is_lead_in(block: Block) -> bool:
    text = block.text
    return block.number is None and text.endswith(":") and len(text) <= _LEAD_IN_LENGTH and not ends_sentence(text[:-1])


def _coming_numbers(blocks: list[Block]) -> list[int | None]:
    coming: list[int | None] = []
    number: int | None = None
    for block in reversed(blocks):
        number = number if block.number is None else block.number
        coming.append(number)
    return coming[::-1]


def _unnumbered_name(coming: int | None, numbering: Numbering) -> str:
    if coming is not None:
        return f"before-{coming}"
    return f"after-{max(numbering.starts.values())}" if numbering.starts else "p"

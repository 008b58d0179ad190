"""An annex: its title, then numbered rows or paragraphs, or entries below labelled headings."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from aep_search.importer.drafting.blocks import Block, Blocker, is_heading
from aep_search.importer.drafting.draft import Draft
from aep_search.importer.drafting.lines import Line, ends_sentence
from aep_search.importer.drafting.numbering import NUMBERED, Numbering, find_numbering
from aep_search.importer.drafting.refs import Positions
from aep_search.importer.pages.tables import is_table, parse_table, take_headers

_NAME_LEVEL, _TITLE_LEVEL, _LABEL_LEVEL = 1, 2, 3
_LABELLED = re.compile(r"(\D{3,60}?)\s(\d{1,2})\s?[.:\u2013\u2014-]\s")
_FEWEST_ROWS = 2


def parse_annex(draft: Draft, name: str, lines: list[Line], normal_gap: int) -> None:
    """`lines` begin with the annex's own name; `name` begins its refs."""
    draft.head(_NAME_LEVEL, lines[0].text, (lines[0].number, lines[0].number))
    lines, removed = take_headers(lines[1:], normal_gap)
    draft.removed.extend(removed)
    numbering = find_numbering(lines, normal_gap)
    if len(numbering.starts) < _FEWEST_ROWS:
        _parse_entries(draft, name, Blocker(normal_gap).split(lines), normal_gap)
        return
    first = min(numbering.starts)
    _parse_front(draft, name, lines[:first], normal_gap)
    rest = _from(numbering, first)
    draft.count(numbering, f"{name}.")
    if is_table(lines[first:], rest, normal_gap):
        parse_table(draft, name, lines[first:], rest, normal_gap)
    else:
        _parse_numbered(draft, name, lines[first:], rest, normal_gap)


def _from(numbering: Numbering, first: int) -> dict[int, int]:
    return {index - first: number for index, number in numbering.starts.items()}


def _parse_front(draft: Draft, name: str, lines: Sequence[Line], normal_gap: int) -> None:
    """What stands above the first number: the title and, perhaps, an introduction."""
    for position, block in enumerate(Blocker(normal_gap).split(lines)):
        if position == 0 and is_heading(block):
            draft.head(_TITLE_LEVEL, block.text, block.span)
            draft.keep_notes(block)
        else:
            draft.add_unnumbered(f"{name}.before-1", "introduction", block)


def _parse_numbered(draft: Draft, name: str, lines: Sequence[Line], starts: dict[int, int], normal_gap: int) -> None:
    blocks: list[Block] = []
    for block in Blocker(normal_gap).split(lines, starts):
        if block.number is None:
            blocks.append(block)
            continue
        match = NUMBERED.match(block.lines[0].text)
        block.lines[0].text = block.lines[0].text[match.end() :] if match else block.lines[0].text
        blocks = [block]
        draft.add(f"{name}.{block.number}", "paragraph", blocks, number=str(block.number))


def _parse_entries(draft: Draft, name: str, blocks: list[Block], normal_gap: int) -> None:
    """Blocks whose label counts ("Goal 1: ...", "Goal 2: ...") are headings, all others entries."""
    blocks = _rejoined(blocks, normal_gap)
    labels = [_LABELLED.match(block.text) for block in blocks]
    counted = Counter(label[1] for label in labels if label)
    positions = Positions()
    positions.open(name)
    for position, (block, label) in enumerate(zip(blocks, labels, strict=True)):
        if label and counted[label[1]] > 1:
            draft.head(_LABEL_LEVEL, block.text, block.span)
            draft.keep_notes(block)
            positions.open(f"{name}.{label[2]}")
        elif position == 0 and is_heading(block):
            draft.head(_TITLE_LEVEL, block.text, block.span)
            draft.keep_notes(block)
        else:
            draft.add(positions.next(), "paragraph", [block])


def _rejoined(blocks: list[Block], normal_gap: int) -> list[Block]:
    """Entries end without a full stop: one that goes on over a page break begins there in small letters.

    The other way round, what begins a page after a blank space and with a capital is an entry of its own.
    """
    parted: list[Block] = []
    for block in blocks:
        for line in block.lines:
            apart = line.fresh and line.gap > normal_gap and not line.text[0].islower()
            if (line is block.lines[0] and not _goes_on(parted, line)) or apart:
                parted.append(Block([line]))
            else:
                parted[-1].lines.append(line)
    return parted


def _goes_on(parted: list[Block], line: Line) -> bool:
    if not parted or not line.fresh:
        return False
    return line.text[0].islower() and not ends_sentence(parted[-1].lines[-1].text)

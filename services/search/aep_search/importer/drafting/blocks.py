"""Blocks of laid-out text: runs of lines that belong together, and whether a block is a heading."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from aep_search.importer.drafting.lines import Line, ends_sentence, join, opens
from aep_search.importer.model import Footnote

_SHORT = 0.75
_HEADING_LINES, _HEADING_LENGTH = 3, 250
_CAPITALS = 0.8
_NO_STARTS: Mapping[int, int] = MappingProxyType({})


@dataclass(slots=True)
class Block:
    """Lines that form one block; `number` is set where the block opens a numbered paragraph."""

    lines: list[Line]
    number: int | None = None

    @property
    def text(self) -> str:
        return join(line.text for line in self.lines)

    @property
    def span(self) -> tuple[int, int]:
        return self.lines[0].number, self.lines[-1].number


@dataclass(slots=True)
class Blocker:
    """Splits lines into blocks; `width` is the usual length of a full line."""

    normal_gap: int
    width: int = field(init=False, default=0)

    def split(self, lines: Sequence[Line], starts: Mapping[int, int] = _NO_STARTS) -> list[Block]:
        lengths = sorted(len(line.text) for line in lines)
        self.width = lengths[len(lengths) * 9 // 10] if lengths else 0
        blocks: list[Block] = []
        for index, line in enumerate(lines):
            if index in starts or not blocks or self._parted(blocks[-1], line) or self._leads_in(lines, index, starts):
                blocks.append(Block([line], starts.get(index)))
            else:
                blocks[-1].lines.append(line)
        return blocks

    def _parted(self, block: Block, line: Line) -> bool:
        """Whether the line begins a block of its own, seen from the block above it."""
        above = block.lines[-1]
        if line.fresh:
            return ends_sentence(above.text) and opens(line.text)
        if line.gap > self.normal_gap:
            return ends_sentence(above.text) or opens(line.text)
        if ends_sentence(above.text) and self._short(above) and opens(line.text):
            return True
        return self._ends_heading(block) and opens(line.text)

    def _leads_in(self, lines: Sequence[Line], index: int, starts: Mapping[int, int]) -> bool:
        """A line such as "The meeting decided:" above a numbered paragraph, after a finished sentence."""
        return index + 1 in starts and lines[index].text.endswith(":") and ends_sentence(lines[index - 1].text)

    def _ends_heading(self, block: Block) -> bool:
        return self._short(block.lines[-1]) and is_heading(block)

    def _short(self, line: Line) -> bool:
        return len(line.text) < self.width * _SHORT


def is_heading(block: Block) -> bool:
    if block.number is not None or len(block.lines) > _HEADING_LINES:
        return False
    text = block.text
    return len(text) <= _HEADING_LENGTH and not ends_sentence(text) and opens(text)


def in_capitals(text: str) -> bool:
    letters = [character for character in text if character.isalpha()]
    capitals = sum(character.isupper() for character in letters)
    return len(letters) > 3 and capitals >= _CAPITALS * len(letters)


def is_cut_off(text: str) -> bool:
    """Whether the beginning of a title is missing: it closes a quotation that it never opened."""
    return text.count("”") > text.count("“") + text.count("„") or text.count("»") > text.count("«")


def notes_of(blocks: Sequence[Block]) -> tuple[Footnote, ...]:
    return tuple(note for block in blocks for line in block.lines for note in line.notes)

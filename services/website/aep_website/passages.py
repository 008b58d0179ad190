"""The text of paragraphs and updates as blocks: running text, and lists where lines begin with a dash or dot."""

from __future__ import annotations

import re
from dataclasses import dataclass

_BLANK_LINES = re.compile(r"\n\s*\n")
_ITEM = re.compile(r"\s*[-·•–]\s+")


@dataclass(frozen=True, slots=True)
class Block:
    """Lines of running text, or the items of a list."""

    lines: tuple[str, ...]
    is_list: bool


def blocks(text: str) -> list[Block]:
    """The blocks of a text, in order; no word is lost or added."""
    found: list[Block] = []
    for part in _BLANK_LINES.split(text.strip()):
        for line in filter(None, (line.strip() for line in part.split("\n"))):
            item = _ITEM.match(line)
            words = line[item.end() :] if item else line
            if found and found[-1].is_list == bool(item) and not _starts_part(part, line):
                found[-1] = Block((*found[-1].lines, words), bool(item))
            else:
                found.append(Block((words,), bool(item)))
    return found


def _starts_part(part: str, line: str) -> bool:
    return part.strip().split("\n", 1)[0].strip() == line

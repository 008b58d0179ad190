"""The entries of a table cell: one below the other, each wrapped over several lines."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from aep_search.importer.drafting.lines import Line, ends_sentence, join, opens

_MARK = re.compile(r"\([^\W\d_]{2,12}\)")
_ITEM = re.compile(r"[-\u2013\u2014•·▪*]\s")
_FEWEST_MARKS = 2


def find_marks(cells: Sequence[Sequence[Line]], normal_gap: int) -> frozenset[str]:
    """Words in brackets that open entries again and again, such as "(NEW)", in small letters."""
    found: Counter[str] = Counter()
    for cell in cells:
        for index, line in enumerate(cell):
            match = _MARK.match(line.text)
            if match and (index == 0 or line.gap > normal_gap):
                found[match[0].lower()] += 1
    return frozenset(mark for mark, count in found.items() if count >= _FEWEST_MARKS)


def split_entries(cell: Sequence[Line], marks: frozenset[str], normal_gap: int) -> list[str]:
    """One text an entry. An entry ends with its "[coordinator]", at a space, at a dash or at a mark."""
    entries: list[list[Line]] = []
    for line in cell:
        if not entries or _opens_entry(entries[-1][-1], line, marks, normal_gap):
            entries.append([line])
        else:
            entries[-1].append(line)
    return [join(line.text for line in entry) for entry in entries]


def _opens_entry(above: Line, line: Line, marks: frozenset[str], normal_gap: int) -> bool:
    if line.text.startswith("["):
        return False
    match = _MARK.match(line.text)
    if above.text.endswith("]") or _ITEM.match(line.text) or (match and match[0].lower() in marks):
        return True
    if above.paused and opens(line.text) and not ends_sentence(above.text):
        return True
    return line.gap > normal_gap and not line.fresh

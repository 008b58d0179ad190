"""Section numbers: which may come next, which are missing, which come twice."""

from __future__ import annotations

import re

SECTION = re.compile(r"(\d{1,2}(?:\.\d{1,2}){0,5})\.?\s+(?=\S)")
_LARGEST_STEP = 5

Number = tuple[int, ...]


class Outline:
    """The numbers of the sections so far; `level` is the depth of the open one, 0 where none is open."""

    def __init__(self) -> None:
        self.doubled: list[str] = []
        self.level = 0
        self._last: Number = ()
        self._seen: set[Number] = set()

    def accepts(self, number: str) -> bool:
        """Whether a section with this number can come now: not before its predecessor, not far beyond it."""
        new = _parse(number)
        if not self._last:
            return len(new) <= 2
        near = new[0] - self._last[0] <= _LARGEST_STEP and len(new) <= len(self._last) + 1
        return near and new >= self._last

    def enter(self, number: str) -> int:
        """Opens the section and answers its level, 1 for "2", 2 for "2.1"."""
        new = _parse(number)
        if new in self._seen:
            self.doubled.append(number)
        self._seen.add(new)
        self._last = new
        self.level = len(new)
        return self.level

    def leave(self) -> None:
        self.level = 0

    def gaps(self) -> list[str]:
        """Numbers that are skipped: 3.2 where there are 3.1 and 3.3, and 2 where there is only 2.1."""
        known = {number[:depth] for number in self._seen for depth in range(1, len(number) + 1)}
        highest: dict[Number, int] = {}
        for number in known:
            highest[number[:-1]] = max(highest.get(number[:-1], 0), number[-1])
        missing = {(*parent, last) for parent, top in highest.items() for last in range(1, top + 1)} - self._seen
        return [".".join(map(str, number)) for number in sorted(missing)]


def _parse(number: str) -> Number:
    return tuple(int(part) for part in number.split("."))

"""Which lines that open with a number open a numbered paragraph.

A wrapped line may well begin with "12. " inside a sentence. The numbering of the document decides: the
longest rising chain of numbers is taken, and a line after a finished sentence counts for more than one inside
a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from aep_search.importer.drafting.lines import Line, ends_sentence

NUMBERED = re.compile(r"(\d{1,3})\.\s+")
_HIGHEST = 1000
_AFTER_SENTENCE, _INSIDE_SENTENCE = 4, 1
_LARGEST_STEP = 10


@dataclass(frozen=True, slots=True)
class Numbering:
    """Indexes of lines that open a paragraph with their number, in reading order."""

    starts: dict[int, int]
    gaps: tuple[int, ...]
    doubled: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Candidate:
    index: int
    number: int
    weight: int
    apart: bool


def find_numbering(lines: Sequence[Line], normal_gap: int) -> Numbering:
    candidates = _candidates(lines, normal_gap)
    chain = _without_stray_end(_heaviest_chain(candidates))
    starts = {candidate.index: candidate.number for candidate in chain}
    doubled = _doubled(candidates, starts)
    starts.update({candidate.index: candidate.number for candidate in doubled})
    used = set(starts.values())
    gaps = tuple(number for number in range(1, max(used, default=0)) if number not in used)
    return Numbering(dict(sorted(starts.items())), gaps, tuple(candidate.number for candidate in doubled))


def _candidates(lines: Sequence[Line], normal_gap: int) -> list[_Candidate]:
    found = []
    for index, line in enumerate(lines):
        match = NUMBERED.match(line.text)
        if match and (number := int(match[1])):
            apart = index == 0 or line.gap > normal_gap
            finished = apart or ends_sentence(lines[index - 1].text)
            found.append(_Candidate(index, number, _AFTER_SENTENCE if finished else _INSIDE_SENTENCE, apart))
    return found


def _heaviest_chain(candidates: list[_Candidate]) -> list[_Candidate]:
    """The strictly rising chain of greatest weight, by prefix maxima over the few possible numbers."""
    best: list[tuple[int, int]] = [(0, -1)] * (_HIGHEST + 1)
    previous: list[int] = []
    heaviest = (0, -1)
    for position, candidate in enumerate(candidates):
        weight, before = _highest_below(best, candidate.number)
        previous.append(before)
        entry = (weight + candidate.weight, position)
        _raise_from(best, candidate.number, entry)
        if entry[0] > heaviest[0]:
            heaviest = entry
    chain, position = [], heaviest[1]
    while position >= 0:
        chain.append(candidates[position])
        position = previous[position]
    return chain[::-1]


def _highest_below(best: list[tuple[int, int]], number: int) -> tuple[int, int]:
    highest, slot = (0, -1), number - 1
    while slot > 0:
        if best[slot][0] > highest[0]:
            highest = best[slot]
        slot -= slot & -slot
    return highest


def _raise_from(best: list[tuple[int, int]], number: int, entry: tuple[int, int]) -> None:
    slot = number
    while slot <= _HIGHEST:
        if entry[0] > best[slot][0]:
            best[slot] = entry
        slot += slot & -slot


def _without_stray_end(chain: list[_Candidate]) -> list[_Candidate]:
    """A last number far above its predecessor is a line of text, since no numbering goes on from there."""
    if len(chain) > 1 and chain[-1].number - chain[-2].number > _LARGEST_STEP:
        return chain[:-1]
    return chain


def _doubled(candidates: list[_Candidate], starts: dict[int, int]) -> list[_Candidate]:
    """Numbers used again: right after themselves, or in a count that starts anew below a heading."""
    doubled: list[_Candidate] = []
    current = restarted = 0
    for candidate in candidates:
        if candidate.index in starts:
            current, restarted = candidate.number, 0
        elif candidate.weight == _AFTER_SENTENCE:
            begins_anew = candidate.number == 1 and candidate.apart and current > 0
            if candidate.number == current or begins_anew or candidate.number == restarted + 1 > 1:
                doubled.append(candidate)
                restarted = restarted if candidate.number == current else candidate.number
    return doubled

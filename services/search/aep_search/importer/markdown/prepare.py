"""What CommonMark does not know: front matter and footnotes, taken out before the text is parsed."""

from __future__ import annotations

import re
from dataclasses import dataclass

from aep_search.importer.decode import squeeze
from aep_search.importer.model import Removed

_DEFINITION = re.compile(r" {0,3}\[\^([^\]\s]{1,60})\]:[ \t]?(.*)$")
_FENCE = re.compile(r" {0,3}(```|~~~)")
_FRONT_TITLE = re.compile(r"title:\s*(.+)$")
_LONGEST_FRONT_MATTER = 100


@dataclass(frozen=True, slots=True)
class Prepared:
    """The text with blank lines for what was taken out, notes by label, and the lines that they stood on."""

    text: str
    title: str | None
    notes: dict[str, str]
    note_lines: frozenset[int]
    removed: tuple[Removed, ...]


def prepare(text: str) -> Prepared:
    lines = text.split("\n")
    title, removed = _take_front_matter(lines)
    notes, note_lines = _take_notes(lines)
    return Prepared("\n".join(lines), title, notes, frozenset(note_lines), tuple(removed))


def _take_front_matter(lines: list[str]) -> tuple[str | None, list[Removed]]:
    if lines[0].rstrip() != "---" or len(lines) < 2 or not lines[1].strip():
        return None, []
    end = next(
        (index for index, line in enumerate(lines[1:_LONGEST_FRONT_MATTER], 1) if line.rstrip() == "---"),
        None,
    )
    if end is None:
        return None, []
    found = next((match[1] for line in lines[1:end] if (match := _FRONT_TITLE.match(line))), None)
    removed = [
        Removed(index + 1, squeeze(line), "front-matter") for index, line in enumerate(lines[: end + 1]) if line.strip()
    ]
    lines[: end + 1] = [""] * (end + 1)
    return (squeeze(found).strip("\"'") or None) if found else None, removed


def _take_notes(lines: list[str]) -> tuple[dict[str, str], set[int]]:
    """Takes `[^label]: ...` with its indented lines; a label that was defined before keeps its first note."""
    notes: dict[str, list[str]] = {}
    taken: set[int] = set()
    label: str | None = None
    fenced = False
    for index, line in enumerate(lines):
        fenced = fenced != (_FENCE.match(line) is not None)
        match = None if fenced else _DEFINITION.match(line)
        if match and match[1] not in notes:
            label = match[1]
            notes[label] = [squeeze(match[2])]
        elif label and line.startswith(("    ", "\t", "  ")) and line.strip():
            notes[label].append(squeeze(line))
        else:
            label = label if not line.strip() else None
            continue
        taken.add(index + 1)
        lines[index] = ""
    return {name: " ".join(filter(None, parts)) for name, parts in notes.items()}, taken

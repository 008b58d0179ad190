"""Tables of numbered rows, drawn from a PDF cell after cell.

A row is its first cell in short lines, a tall empty space, then the second cell. Rows run over page breaks;
the column headers stand again at the top of pages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aep_search.importer.drafting.blocks import Block
from aep_search.importer.drafting.draft import Draft
from aep_search.importer.drafting.lines import Line, join
from aep_search.importer.drafting.numbering import NUMBERED, find_numbering
from aep_search.importer.model import Removed
from aep_search.importer.pages.entries import find_marks, split_entries

_COLUMN_GAP = 4


def take_headers(lines: list[Line], normal_gap: int) -> tuple[list[Line], list[Removed]]:
    """The lines without the column headers, which stand above the first row and again at the top of pages."""
    numbering = find_numbering(lines, normal_gap)
    first = min(numbering.starts, default=0)
    begin = first
    while begin > 0 and (begin == first or lines[begin].gap <= normal_gap):
        begin -= 1
    texts = {line.text for line in lines[begin:first]}
    kept: list[Line] = []
    removed: list[Removed] = []
    fresh = False
    for index, line in enumerate(lines):
        fresh = line.fresh or (fresh and index > 0)
        if fresh and index >= first and line.text in texts:
            removed.append(Removed(line.number, line.text, "table-header"))
            continue
        line.fresh, fresh = fresh, False
        kept.append(line)
    if removed:
        removed.extend(Removed(line.number, line.text, "table-header") for line in lines[begin:first])
        kept = kept[:begin] + kept[first:]
    return kept, removed


def is_table(lines: Sequence[Line], starts: Mapping[int, int], normal_gap: int) -> bool:
    """Whether at least half of the rows show the space between two columns."""
    rows = _rows(lines, starts)
    return 2 * sum(_column_start(row, normal_gap) is not None for row in rows) >= len(rows)


def parse_table(draft: Draft, name: str, lines: Sequence[Line], starts: Mapping[int, int], normal_gap: int) -> None:
    rows = _rows(lines, starts)
    numbers = list(starts.values())
    cells = _cells(rows, normal_gap)
    marks = find_marks([second for _, second in cells], normal_gap)
    for row, number, (first, second) in zip(rows, numbers, cells, strict=True):
        match = NUMBERED.match(first[0].text)
        first[0].text = first[0].text[match.end() :] if match else first[0].text
        columns = [join(line.text for line in first if line.text)]
        if second:
            columns.append("\n".join(split_entries(second, marks, normal_gap)))
        draft.add(
            f"{name}.{number}",
            "table-row",
            [Block(row)],
            number=str(number),
            text="\n\n".join(columns),
            cells=tuple(columns),
        )


def _rows(lines: Sequence[Line], starts: Mapping[int, int]) -> list[list[Line]]:
    begins = list(starts)
    return [list(lines[begin:end]) for begin, end in zip(begins, [*begins[1:], len(lines)], strict=True)]


def _column_start(row: Sequence[Line], normal_gap: int) -> int | None:
    wide = _COLUMN_GAP * (normal_gap + 1)
    return next((index for index, line in enumerate(row) if index and line.gap >= wide and not line.fresh), None)


def _cells(rows: list[list[Line]], normal_gap: int) -> list[tuple[list[Line], list[Line]]]:
    splits = [_column_start(row, normal_gap) for row in rows]
    width = max(
        (len(line.text) for row, split in zip(rows, splits, strict=True) for line in row[: split or 0]),
        default=0,
    )
    return [_two_cells(row, split, width, normal_gap) for row, split in zip(rows, splits, strict=True)]


def _two_cells(row: list[Line], split: int | None, width: int, normal_gap: int) -> tuple[list[Line], list[Line]]:
    if split is None:
        return row, []
    begin, end = _unfinished_first_cell(row, split, width, normal_gap)
    return row[:split] + row[begin:end], row[split:begin] + row[end:]


def _unfinished_first_cell(row: list[Line], split: int, width: int, normal_gap: int) -> tuple[int, int]:
    """The lines at the top of the next page that finish the first cell, not the second.

    They are as narrow as the first column, begin in small letters, and the first cell broke off at a comma or
    the second one was complete.
    """
    begin = next((index for index in range(split + 1, len(row)) if row[index].fresh), len(row))
    if begin == len(row) or not row[begin].text[0].islower():
        return split, split
    end = next((index for index in range(begin + 1, len(row)) if _breaks(row[index], normal_gap)), len(row))
    open_first = row[split - 1].text.endswith(",") or row[begin - 1].text.endswith(("]", "."))
    narrow = all(len(line.text) <= width for line in row[begin:end])
    return (begin, end) if open_first and narrow else (split, split)


def _breaks(line: Line, normal_gap: int) -> bool:
    return line.fresh or line.gap >= _COLUMN_GAP * (normal_gap + 1)

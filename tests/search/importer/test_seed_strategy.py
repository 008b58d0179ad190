"""The draft strategy: 35 acronyms, a preamble, five sections, notes 2 to 31."""

from __future__ import annotations

import re
from collections import Counter

from aep_search.importer import Document, check_coverage
from tests.search.importer.files import STRATEGY, by_ref


def test_every_section_has_its_paragraphs(strategy: Document) -> None:
    counts = Counter(paragraph.ref.rpartition(".p")[0] for paragraph in strategy.paragraphs)
    assert counts == {
        "acronyms-and-abbreviations": 35,
        "preamble": 7,
        "1.1": 3,
        "1.2": 2,
        "1.3": 3,
        "2": 4,
        "3": 1,
        "3.1": 12,
        "3.2": 5,
        "3.3": 8,
        "3.4": 3,
        "4": 3,
        "4.1": 3,
        "4.2": 3,
        "4.3": 3,
        "4.4": 4,
        "4.5": 4,
        "4.6": 5,
        "5": 2,
    }
    assert (strategy.gaps, strategy.doubled, strategy.title) == ((), (), None)


def test_notes_2_to_31_hang_on_the_paragraphs_that_cite_them(strategy: Document) -> None:
    where = {note.mark: paragraph.ref for paragraph in strategy.paragraphs for note in paragraph.footnotes}
    assert list(where) == [str(number) for number in range(2, 32)]
    assert [where[mark] for mark in ("4", "14", "18", "26", "31")] == [
        "preamble.p2",
        "1.3.p1",
        "3.1.p7",
        "3.3.p7",
        "4.5.p3",
    ]
    texts = {note.mark: note.text for paragraph in strategy.paragraphs for note in paragraph.footnotes}
    assert [mark for mark, text in texts.items() if "\n" in text] == ["18", "23"]
    assert texts["23"].endswith("2018).")
    assert texts["26"].endswith("later on).")
    assert "[…]" in texts["22"]


def test_marks_bookmarks_and_tabs_are_gone(strategy: Document) -> None:
    texts = [item.text for item in strategy.items]
    assert not any(re.search(r"\t|\u00a0|footnoteRef|bookmark|\[\d+:|  | ,", text) for text in texts)
    assert Counter(piece.reason for piece in strategy.removed) == {"bookmark": 26}


def test_headings_keep_numbers_and_levels(strategy: Document) -> None:
    numbered = [heading.number for heading in strategy.headings if heading.number]
    assert numbered == [
        "1",
        "1.1",
        "1.2",
        "1.3",
        "2",
        "3",
        "3.1",
        "3.2",
        "3.3",
        "3.4",
        "4",
        "4.1",
        "4.2",
        "4.3",
        "4.4",
        "4.5",
        "4.6",
        "5",
    ]
    assert by_ref(strategy)["3.3.p7"].heading[-1] == "Digital Skills"
    assert [len(by_ref(strategy)[ref].heading) for ref in ("preamble.p1", "2.p1", "3.1.p1", "3.1.p3")] == [
        1,
        1,
        2,
        3,
    ]


def test_lists_and_acronyms_are_kept(strategy: Document) -> None:
    paragraphs = by_ref(strategy)
    assert (paragraphs["preamble.p3"].kind, paragraphs["preamble.p3"].text.count("\n·")) == ("list", 2)
    rows = [paragraph.cells for paragraph in strategy.paragraphs if paragraph.kind == "table-row"]
    assert {len(cells) for cells in rows} == {2}
    assert rows[14][0] == "ENIC-NARIC"
    assert rows[14][1].endswith("Academic Recognition Information Centres")


def test_a_paragraph_that_opens_with_a_bookmark_is_no_heading(strategy: Document) -> None:
    assert "2020-2025" in by_ref(strategy)["4.4.p4"].text


def test_nothing_of_the_file_is_lost_or_told_twice(strategy: Document) -> None:
    coverage = check_coverage(STRATEGY.read_bytes(), strategy)
    assert (coverage.lines, coverage.missing, coverage.added) == ((), {}, {})

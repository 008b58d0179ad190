"""The published conclusions of 2021: 86 paragraphs, four introductions, two annexes, 17 actions."""

from __future__ import annotations

import re

import pytest

from aep_search.importer import Document, check_coverage
from tests.search.importer.files import CONCLUSIONS, by_ref


def test_refs_are_complete_and_in_order(conclusions: Document) -> None:
    refs = [paragraph.ref for paragraph in conclusions.paragraphs]
    assert [ref for ref in refs if ref.isdigit()] == [str(number) for number in range(1, 87)]
    assert [ref for ref in refs if ref.startswith("before")] == [
        "before-24",
        "before-29",
        "before-31",
        "before-37",
    ]
    entries = {"1": 2, "2": 2, "3": 4, "4": 2}
    assert [ref for ref in refs if ref.startswith("annex-1")] == [
        f"annex-1.{objective}.p{entry}" for objective, count in entries.items() for entry in range(1, count + 1)
    ]
    assert [ref for ref in refs if ref.startswith("annex-2")] == [f"annex-2.{number}" for number in range(1, 18)]
    assert len(refs) == 117
    assert (conclusions.gaps, conclusions.doubled) == ((), ())


def test_title_is_the_line_that_is_whole(conclusions: Document) -> None:
    assert conclusions.title == "Conclusions by the Chair"
    assert [heading.level for heading in conclusions.headings[:2]] == [0, 0]


def test_paragraphs_are_free_of_what_the_page_added(conclusions: Document) -> None:
    for paragraph in conclusions.paragraphs:
        assert not re.search(r"https?://|Conclusions by the Chair|SO11|\n\d+\n|  | \n|\n ", paragraph.text), (
            paragraph.ref
        )
        assert not re.search(r"\(New\) AEP|subgoal\(s\)|An overview of the", paragraph.text), paragraph.ref
        assert paragraph.text == paragraph.text.strip()
        if paragraph.ref.isdigit():
            assert re.search(r"[.”]$", paragraph.text), paragraph.ref
            assert paragraph.text[0].isupper(), paragraph.ref


def test_only_paragraph_24_has_blocks_and_it_has_three(conclusions: Document) -> None:
    blocks = {ref: paragraph.text.count("\n\n") + 1 for ref, paragraph in by_ref(conclusions).items() if ref.isdigit()}
    assert {ref: count for ref, count in blocks.items() if count > 1} == {"24": 3}


@pytest.mark.parametrize(
    ("ref", "words"),
    [
        ("1", ["127 participants", "28"]),
        ("24", ["(ANICCW)", "CBQAN", "in 2011,"]),
        ("25", ["28 ASEM", "annually"]),
        ("26", ["non-discriminatory"]),
        ("33", ["332 students", "174 are"]),
        ("35", ["23 projects", "19,000", "Post-COVID-19"]),
        ("43", ["7 November 2018"]),
        ("44", ["SO1 and SO3", "250 pairs", "300 pairs"]),
        ("60", ["2020-2021"]),
        ("62", ["2-yearly"]),
        ("67", ["Credit Transfer", "SO1 and SO4"]),
        ("75", ["refugees", "Passport"]),
        ("83", ["2022 to 2026"]),
        ("86", ["ASEMME9", "November-December 2023"]),
        ("annex-1.3.p3", ["digital divide"]),
        ("annex-2.11", ["learning outcomes mechanisms, quality assurance systems", "micro-credentials\n\n"]),
    ],
)
def test_spot_facts_are_in_their_paragraphs(conclusions: Document, ref: str, words: list[str]) -> None:
    text = by_ref(conclusions)[ref].text
    assert [word for word in words if word not in text] == []


def test_the_footnote_hangs_on_paragraph_44(conclusions: Document) -> None:
    notes = {paragraph.ref: [note.mark for note in paragraph.footnotes] for paragraph in conclusions.paragraphs}
    assert {ref: marks for ref, marks in notes.items() if marks} == {"44": ["1"]}


def test_addresses_hang_on_the_paragraphs_that_cite_them(conclusions: Document) -> None:
    counts = {
        ref: len(paragraph.links) for ref, paragraph in by_ref(conclusions).items() if ref.isdigit() and paragraph.links
    }
    assert counts == {"22": 2, "28": 2, "36": 3, "37": 1, "63": 1, "65": 1, "68": 1, "69": 1, "72": 1}


def test_headings_and_lead_ins_are_the_path(conclusions: Document) -> None:
    paragraphs = by_ref(conclusions)
    assert paragraphs["1"].heading == ()
    assert [len(paragraphs[ref].heading) for ref in ("23", "24", "before-37", "44", "71", "annex-1.1.p1")] == [
        1,
        3,
        2,
        2,
        2,
        3,
    ]
    assert paragraphs["37"].heading[1].endswith("(TVET)")
    assert "mandated" in paragraphs["79"].heading[-1]
    assert sum(heading.lead_in for heading in conclusions.headings) == 9


def test_rows_hold_every_entry_with_its_mark(conclusions: Document) -> None:
    rows = [paragraph for paragraph in conclusions.paragraphs if paragraph.kind == "table-row"]
    assert [row.number for row in rows] == [str(number) for number in range(1, 18)]
    entries = [entry for row in rows for entry in row.cells[1].split("\n")]
    assert sum(bool(re.match(r"\(?NEW\)?\s", entry, re.IGNORECASE)) for entry in entries) == 16
    assert all(entry.count("[") == entry.count("]") for entry in entries)
    assert [len(row.cells[1].split("\n")) for row in rows] == [
        18,
        2,
        3,
        3,
        4,
        7,
        2,
        1,
        10,
        1,
        3,
        4,
        2,
        2,
        1,
        1,
        3,
    ]


def test_removed_pieces_are_listed_with_their_reasons(conclusions: Document) -> None:
    reasons = [piece.reason for piece in conclusions.removed]
    assert {reason: reasons.count(reason) for reason in set(reasons)} == {
        "page-number": 5,
        "running-title": 5,
        "table-header": 19,
        "repeated-link": 23,
    }


def test_nothing_of_the_file_is_lost_or_told_twice(conclusions: Document) -> None:
    coverage = check_coverage(CONCLUSIONS.read_bytes(), conclusions)
    assert (coverage.lines, coverage.missing, coverage.added) == ((), {}, {})

"""The fictitious texts of the demo hold every trap of the real ones."""

from __future__ import annotations

import re

import pytest

from aep_search.importer import Document, Footnote, check_coverage
from tests.search.importer.files import DEMO, by_ref


def test_conclusions_have_all_paragraphs_introductions_and_annexes(demo_conclusions: Document) -> None:
    refs = [paragraph.ref for paragraph in demo_conclusions.paragraphs]
    assert [ref for ref in refs if ref.isdigit()] == [str(number) for number in range(1, 23)]
    assert [ref for ref in refs if ref.startswith("before")] == ["before-7", "before-10"]
    assert [ref for ref in refs if ref.startswith("annex-1")] == [
        "annex-1.1.p1",
        "annex-1.1.p2",
        "annex-1.2.p1",
        "annex-1.3.p1",
        "annex-1.3.p2",
        "annex-1.4.p1",
    ]
    assert [ref for ref in refs if ref.startswith("annex-2")] == [f"annex-2.{number}" for number in range(1, 6)]
    assert (demo_conclusions.gaps, demo_conclusions.doubled) == ((), ())
    assert demo_conclusions.title == "Conclusions by the Host"


def test_conclusions_are_free_of_what_the_page_added(demo_conclusions: Document) -> None:
    text = "\n".join(paragraph.text for paragraph in demo_conclusions.paragraphs)
    assert "Conclusions by the Host" not in text
    assert "https://" not in text
    assert not re.search(r"SO11|towns2|^\d+$|^ | $|  ", text, re.MULTILINE)


def test_blocks_of_a_paragraph_stay_together_over_the_page(demo_conclusions: Document) -> None:
    assert by_ref(demo_conclusions)["7"].text.count("\n\n") == 2
    assert by_ref(demo_conclusions)["4"].text.endswith("both shores.")


def test_footnotes_and_addresses_hang_where_they_belong(demo_conclusions: Document) -> None:
    paragraphs = by_ref(demo_conclusions)
    notes = {
        ref: [note.mark for note in paragraph.footnotes] for ref, paragraph in paragraphs.items() if paragraph.footnotes
    }
    assert notes == {"12": ["1"], "14": ["2"]}
    assert paragraphs["14"].footnotes[0].text.endswith("their own.")
    assert paragraphs["6"].links == ("https://www.twoshores.example/",)
    assert paragraphs["7"].links == ("https://recognition.example.org/group-on-fair-recognition",)


def test_lead_ins_are_part_of_the_path(demo_conclusions: Document) -> None:
    paragraphs = by_ref(demo_conclusions)
    assert paragraphs["3"].heading == ("At this meeting the Ministers:",)
    assert paragraphs["12"].heading == ("ANNOUNCED PROJECTS", "The Ministers")
    assert paragraphs["20"].heading[-1] == "Ministers mandated the Secretariat:"
    assert paragraphs["10"].heading[1].endswith("in Libraries and at Home")


def test_rows_are_joined_over_pages_and_keep_entries_apart(demo_conclusions: Document) -> None:
    paragraphs = by_ref(demo_conclusions)
    action, entries = paragraphs["annex-2.1"].cells
    assert action == "Support balanced exchanges between the two shores"
    assert (
        entries.split("\n")[-1]
        == "(NEW) Survey on students who live with families of hosts [Network of Lake Universities]"
    )
    assert len(entries.split("\n")) == 6
    assert paragraphs["annex-2.3"].cells[0].endswith("learning hours, course levels and certificates")
    assert paragraphs["annex-2.5"].text.count("\n") == 3
    assert {piece.reason for piece in demo_conclusions.removed} == {
        "page-number",
        "running-title",
        "table-header",
        "repeated-link",
    }


@pytest.mark.parametrize(
    "words",
    ["recognition of qualifications held by refugees", "Lifelong learning", "Credit Transfer", "seminar"],
)
def test_conclusions_hold_the_subjects_that_a_demo_looks_for(demo_conclusions: Document, words: str) -> None:
    assert any(words in paragraph.text for paragraph in demo_conclusions.paragraphs)


def test_strategy_has_sections_notes_lists_and_rows(demo_strategy: Document) -> None:
    paragraphs = by_ref(demo_strategy)
    assert list(paragraphs)[8:15] == [
        "preamble.p1",
        "preamble.p2",
        "preamble.p3",
        "preamble.p4",
        "1.1.p1",
        "1.1.p2",
        "1.2.p1",
    ]
    assert paragraphs["acronyms.p5"].cells == (
        "NLU",
        "Network of Lake Universities \u2013 League of Campuses on Rivers and Lakes",
    )
    assert paragraphs["preamble.p3"].kind == "list"
    assert paragraphs["2.1.p2"].footnotes == (Footnote("8", "Also called […] mixed exchanges."),)
    marks = [note.mark for paragraph in demo_strategy.paragraphs for note in paragraph.footnotes]
    assert marks == [str(number) for number in range(2, 10)]
    assert len([piece for piece in demo_strategy.removed if piece.reason == "bookmark"]) == 11
    assert not any(
        re.search(r"\t|\[footnoteRef|\[\d+:|bookmark", paragraph.text) for paragraph in demo_strategy.paragraphs
    )


@pytest.mark.parametrize("name", ["demo-conclusions.txt", "demo-strategy.txt"])
def test_nothing_of_the_files_is_lost_or_told_twice(name: str, request: pytest.FixtureRequest) -> None:
    document = request.getfixturevalue(name.removesuffix(".txt").replace("-", "_"))
    coverage = check_coverage((DEMO / name).read_bytes(), document)
    assert (coverage.lines, coverage.missing, coverage.added) == ((), {}, {})

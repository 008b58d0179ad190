"""Laid-out text: spacing, page breaks, footnotes, addresses, headings, tables."""

from __future__ import annotations

import pytest

from aep_search.importer import Document, Heading, parse
from tests.search.importer.files import by_ref

LONG = "words of a line that is as wide as the others are and that therefore goes on"


def read(text: str) -> Document:
    return parse(text.encode(), file_name="a.txt", language="en")


def test_single_spaced_text_with_form_feeds_loses_its_titles_and_page_numbers() -> None:
    pages = [
        f"Report of the Lake\n{number}. The text of page {number} {LONG}\nand ends with {number} boats.\n{number}\n"
        for number in range(1, 6)
    ]
    document = read("\f".join(pages))
    assert [paragraph.ref for paragraph in document.paragraphs] == ["1", "2", "3", "4", "5"]
    assert document.paragraphs[3].text == f"The text of page 4 {LONG} and ends with 4 boats."
    assert {piece.reason for piece in document.removed} == {"page-number", "running-title"}


def test_a_sentence_runs_on_over_page_number_and_running_title() -> None:
    document = read(
        f"The Lake Papers\n\n1. The first {LONG}\n\nover\n\n\n\n4\n\nThe Lake Papers II\n\n"
        "the page and\n\nends. \n\n"
        f"2. The second {LONG}\n\nover\n\n\n\n5\n\nThe Lake Papers II\n\nthe page."
    )
    assert document.title == "The Lake Papers"
    assert by_ref(document)["1"].text == f"The first {LONG} over the page and ends."
    assert by_ref(document)["2"].text == f"The second {LONG} over the page."
    assert document.headings == (Heading(0, "The Lake Papers", None, 1, 1),)


def test_a_year_alone_on_a_line_is_no_page_number() -> None:
    document = read(f"1. The first {LONG}\n\nand is due in\n\n2023\n\nas it was\n\nplanned.\n\n2. End {LONG}.")
    assert by_ref(document)["1"].text.endswith("is due in 2023 as it was planned.")


@pytest.mark.parametrize(
    ("printed", "text"),
    [
        ("see SO11 and SO1", "see SO1 and SO1"),
        ("see towns1 here", "see towns here"),
        ("the end.1", "the end."),
        ("it¹ is", "it is"),
    ],
)
def test_a_footnote_leaves_the_text_and_hangs_on_its_paragraph(printed: str, text: str) -> None:
    document = read(
        f"1. They {printed}\n\nand go\n\non here\n\n\n\n1 A note about it that is\n\nlong.\n to the end.\n\n2. End."
    )
    first = by_ref(document)["1"]
    assert first.text == f"They {text} and go on here to the end."
    assert [(note.mark, note.text) for note in first.footnotes] == [("1", "A note about it that is long.")]


def test_a_date_at_the_end_of_a_page_is_no_footnote() -> None:
    document = read(
        f"1. The text {LONG}\n\nand on it goes.\n\n\n\n15 December was the day of it\n\n\n\n7\n\n2. End {LONG}."
    )
    assert all(not paragraph.footnotes for paragraph in document.paragraphs)


def test_addresses_go_to_the_paragraph_that_names_their_host_or_shares_their_words() -> None:
    document = read(
        f"1. See www.lake.example for more {LONG}\n\nand so on.\n\n2. The island library {LONG}\n\n"
        "and so on.\n\n"
        f"3. Nothing of the kind {LONG}\n\nand so on.\n\n"
        "https://lake.example/\nhttps://x.example/island-library\n"
        "https://x.example/island-library\nhttps://y.example/q\n 4. End."
    )
    assert {ref: paragraph.links for ref, paragraph in by_ref(document).items()} == {
        "1": ("https://lake.example/",),
        "2": ("https://x.example/island-library",),
        "3": ("https://y.example/q",),
        "4": (),
    }
    assert [(piece.line, piece.reason) for piece in document.removed] == [(15, "repeated-link")]


def test_an_address_inside_a_sentence_stays_in_it() -> None:
    document = read(f"1. The list at\n\nhttps://x.example/a\n\nis read {LONG}\n\nby all.")
    assert "at https://x.example/a is read" in document.paragraphs[0].text
    assert document.paragraphs[0].links == ()


def test_hyphens_stay_and_scripts_without_blanks_get_none() -> None:
    document = read("1. A non-\n\nbinding text of 教育\n\n合作 and การ\n\nศึกษา and 교육\n\n협력 is written.")
    assert document.paragraphs[0].text == "A non-binding text of 教育合作 and การศึกษา and 교육 협력 is written."


def test_an_introduction_takes_its_ref_from_the_number_that_follows() -> None:
    document = read(
        f"1. First {LONG}\n\nof all.\n\n\n\nIslands\n\nThe islands {LONG}\n\nare far.\n\n\n\n"
        "2. Second.\n\n\n\nLast words."
    )
    assert [(paragraph.ref, paragraph.kind) for paragraph in document.paragraphs] == [
        ("1", "paragraph"),
        ("before-2", "introduction"),
        ("2", "paragraph"),
        ("after-2", "paragraph"),
    ]
    assert by_ref(document)["before-2"].heading == ("Islands",)


def test_numbered_paragraphs_of_an_annex_have_refs_of_the_annex() -> None:
    document = read(
        f"1. Text {LONG}\n\nof it.\n\n\n\nAnnex B\n\nRules\n\n1. A rule {LONG}\n\nof it.\n\n2. Another rule."
    )
    assert [paragraph.ref for paragraph in document.paragraphs] == ["1", "annex-b.1", "annex-b.2"]
    assert by_ref(document)["annex-b.2"].heading == ("Annex B", "Rules")


def test_a_lead_in_below_a_full_line_is_no_part_of_the_paragraph() -> None:
    document = read(f"1. First {LONG}\n\nand {LONG} here.\n\nThe islands then decided:\n\n2. To go on and\n\non.")
    assert by_ref(document)["1"].text.endswith("here.")
    assert by_ref(document)["2"].heading == ("The islands then decided:",)


def test_a_word_that_occurs_elsewhere_bears_no_mark() -> None:
    document = read(
        f"1. The first SOM1 of the SOM {LONG}\n\nto SO11 and SO1 at\n\nSOM1.\n\n\n\n1 A note.\n and so on.\n\n2. End."
    )
    assert "SOM1 of the SOM" in by_ref(document)["1"].text
    assert "to SO1 and SO1" in by_ref(document)["1"].text


def test_a_page_that_opens_with_a_capital_goes_on_with_the_open_sentence() -> None:
    document = read(f"1. They {LONG}\n\nand met in\n\n\n\n3\n\n\n\nLumora with\n\nall.\n\n2. They {LONG}\n\nleft.")
    assert by_ref(document)["1"].text.endswith("and met in Lumora with all.")


def test_lines_beside_page_numbers_that_repeat_inside_sentences_stay() -> None:
    paragraphs = [f"{n}. They {LONG}\n\nand went\n\nover\n\n\n\n{n}\n\nthe hills\n\nagain." for n in range(1, 6)]
    document = read("\n\n".join(paragraphs))
    assert [paragraph.text.endswith("went over the hills again.") for paragraph in document.paragraphs] == [True] * 5


def test_a_coordinator_below_a_space_belongs_to_the_entry_above() -> None:
    tall = "\n" * 12
    rows = f"1. First\n\naction{tall}A project\n\n\n\n[Office]\n\nAnother\n\none\n\n2. Next{tall}Last one"
    document = read(f"1. They {LONG}\n\nand went.\n\n\n\nANNEX 1\n\nActions\n\n\n\n{rows}")
    assert by_ref(document)["annex-1.1"].cells == ("First action", "A project [Office]\nAnother one")

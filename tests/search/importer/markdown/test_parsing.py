"""Markdown files."""

from __future__ import annotations

from aep_search.importer import Document, Footnote, parse
from tests.search.importer.files import by_ref


def read(text: str) -> Document:
    return parse(text.encode(), file_name="A.MD", language="en")


def test_headings_name_refs_and_the_only_first_heading_is_the_title() -> None:
    document = read(
        "# Handbook\n\nHello.\n\n## First Steps\n\nOne.\n\nTwo.\n\n### Deeper\n\nThree.\n\n## First Steps\n\nFour."
    )
    assert document.title == "Handbook"
    assert list(by_ref(document)) == [
        "p1",
        "first-steps.p1",
        "first-steps.p2",
        "deeper.p1",
        "first-steps-2.p1",
    ]
    assert by_ref(document)["deeper.p1"].heading == ("First Steps", "Deeper")


def test_numbered_sections_name_refs_like_those_of_a_strategy() -> None:
    document = read("# 1. Aims\n\nText.\n\n## 1.1 More\n\nText.\n\n### Unnumbered\n\nText.\n\n# 3 End\n\nText.")
    assert list(by_ref(document)) == ["1.p1", "1.1.p1", "1.1.p2", "3.p1"]
    assert document.gaps == ("2",)
    assert by_ref(document)["1.1.p2"].heading == ("1 Aims", "1.1 More", "Unnumbered")


def test_numbered_paragraphs_keep_their_numbers() -> None:
    document = read(
        "# C\n\n## A\n\nIntro.\n\n1. One.\n2. Two.\n\n   More.\n4. Four.\n\n## B\n\n5. Five.\n5. Again.\n\nEnd."
    )
    assert list(by_ref(document)) == ["before-1", "1", "2", "4", "5", "5-2", "after-5"]
    assert by_ref(document)["2"].text == "Two.\n\nMore."
    assert (document.gaps, document.doubled) == (("3",), ("5",))


def test_a_short_ordered_list_is_a_list() -> None:
    document = read("Do this:\n\n1. one\n2. two\n   - deep\n\nThen stop.\n\nOr go on.")
    assert by_ref(document)["p2"].kind == "list"
    assert by_ref(document)["p2"].text == "1. one\n2. two\n  - deep"


def test_signs_go_and_addresses_notes_and_rows_are_kept() -> None:
    document = read(
        '---\ntitle: "From the front"\n---\n\n'
        'See *this* [link](https://a.example/é "tip") and `code`[^n].\n\n'
        "[^n]: A note\n    in two lines.\n\n| A | B [h](https://h.example) |\n|---|---|\n"
        "| x | y | surplus |\n"
    )
    first, row = document.paragraphs
    assert document.title == "From the front"
    assert first.text == "See this link (tip) and code."
    assert first.links == ("https://a.example/é",)
    assert first.footnotes == (Footnote("n", "A note in two lines."),)
    assert (row.kind, row.cells, row.links) == ("table-row", ("x", "y"), ("https://h.example",))
    assert {(piece.reason, piece.text) for piece in document.removed} >= {
        ("table-header", "A B h"),
        ("markup", "surplus"),
    }


def test_html_stays_text_and_scripts_are_no_addresses() -> None:
    document = read("<b>Bold</b> and [x](javascript:alert(1)).")
    assert document.paragraphs[0].text == "<b>Bold</b> and [x](javascript:alert(1))."
    assert document.paragraphs[0].links == ()


def test_lists_that_start_anew_are_lists() -> None:
    document = read("## A\n\n1. one\n2. two\n\n## B\n\n1. three\n2. four\n")
    assert [(paragraph.ref, paragraph.kind) for paragraph in document.paragraphs] == [
        ("a.p1", "list"),
        ("b.p1", "list"),
    ]

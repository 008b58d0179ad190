"""Text with one line a paragraph: sections, notes, lists, rows."""

from __future__ import annotations

from aep_search.importer import Document, Footnote, parse

LONG = "that is long enough to be told from a heading, since it goes on and on and comes to an end with a stop."


def read(*lines: str) -> Document:
    return parse("\n".join(["[bookmark: a]Start", *lines]).encode(), file_name="a.txt", language="en")


def refs(document: Document) -> list[str]:
    return [paragraph.ref for paragraph in document.paragraphs]


def test_sections_that_are_missing_or_come_twice_are_reported() -> None:
    document = read(
        f"Text {LONG}",
        "1. One",
        f"Text {LONG}",
        "1.2. Two",
        f"Text {LONG}",
        "1.2. Two",
        f"Text {LONG}",
        "3. End",
        f"T {LONG}",
    )
    assert refs(document) == ["start.p1", "1.p1", "1.2.p1", "1.2-2.p1", "3.p1"]
    assert (document.gaps, document.doubled) == (("1.1", "2"), ("1.2",))


def test_a_number_that_goes_back_is_no_section() -> None:
    document = read("3. Three", f"Text {LONG}", "1 of the reasons", f"Text {LONG}")
    assert "1.p1" not in refs(document)


def test_a_note_holds_brackets_and_lines_and_leaves_no_blank_before_a_comma() -> None:
    document = read(f"Text[footnoteRef:2] , {LONG} [2: First […] line", "second line [x].] ", f"Next {LONG}")
    first, second = document.paragraphs
    assert first.text == f"Text, {LONG}"
    assert first.footnotes == (Footnote("2", "First […] line\nsecond line [x]."),)
    assert (second.text, second.lines) == (f"Next {LONG}", (4, 4))


def test_the_note_of_a_heading_goes_to_the_paragraph_below() -> None:
    document = read("To Learn[footnoteRef:3] [3: A note.]", f"Text {LONG}")
    assert document.paragraphs[0].footnotes == (Footnote("3", "A note."),)


def test_a_mark_without_a_note_is_listed_and_a_bracket_without_a_mark_stays() -> None:
    document = read(f"Text[footnoteRef:7] [8: not a note] {LONG}")
    assert document.paragraphs[0].text == f"Text [8: not a note] {LONG}"
    assert ("[footnoteRef:7]", "lost-mark") in {(piece.text, piece.reason) for piece in document.removed}


def test_rows_have_cells_and_a_wrapped_last_cell_is_joined() -> None:
    document = read("AB\t\tA Body", "CD\tAnother \t\t\tBody", "EF\t\t\tThird")
    assert [paragraph.cells for paragraph in document.paragraphs] == [
        ("AB", "A Body"),
        ("CD", "Another Body"),
        ("EF", "Third"),
    ]
    assert {paragraph.kind for paragraph in document.paragraphs} == {"table-row"}


def test_items_form_one_list() -> None:
    document = read(f"Text {LONG}", "· one;", "", "· two;", f"Text {LONG}")
    assert [(paragraph.kind, paragraph.text) for paragraph in document.paragraphs][1] == (
        "list",
        "· one;\n· two;",
    )


def test_a_heading_with_a_bookmark_names_refs_and_one_without_does_not() -> None:
    document = read("Below", f"Text {LONG}", "1. One", "Deeper", f"Text {LONG}", "[bookmark: b]Closing", f"Text {LONG}")
    assert [(paragraph.ref, paragraph.heading) for paragraph in document.paragraphs] == [
        ("start.p1", ("Start", "Below")),
        ("1.p1", ("1 One", "Deeper")),
        ("closing.p1", ("Closing",)),
    ]

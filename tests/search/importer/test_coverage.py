"""The coverage check finds what was dropped, changed or told twice."""

from __future__ import annotations

from dataclasses import replace

from aep_search.importer import Document, Paragraph, check_coverage, parse
from tests.search.importer.files import DEMO, by_ref

DATA = (DEMO / "demo-conclusions.txt").read_bytes()


def without(document: Document, ref: str) -> Document:
    return replace(document, items=tuple(item for item in document.items if getattr(item, "ref", "") != ref))


def with_paragraph(document: Document, changed: Paragraph) -> Document:
    items = tuple(changed if getattr(item, "ref", "") == changed.ref else item for item in document.items)
    return replace(document, items=items)


def test_a_whole_document_is_covered_to_the_character(demo_conclusions: Document) -> None:
    coverage = check_coverage(DATA, demo_conclusions)
    assert (coverage.lines, coverage.missing, coverage.added) == ((), {}, {})


def test_a_dropped_paragraph_is_found_by_its_lines(demo_conclusions: Document) -> None:
    coverage = check_coverage(DATA, without(demo_conclusions, "9"))
    first, last = by_ref(demo_conclusions)["9"].lines
    assert set(range(first, last + 1, 2)) == set(coverage.lines)
    assert not coverage.complete


def test_a_single_dropped_character_is_found(demo_conclusions: Document) -> None:
    ninth = by_ref(demo_conclusions)["9"]
    changed = replace(ninth, text=ninth.text.replace("64", "6"))
    coverage = check_coverage(DATA, with_paragraph(demo_conclusions, changed))
    assert coverage.missing == {"4": 1}


def test_a_dropped_note_address_or_removal_is_found(demo_conclusions: Document) -> None:
    paragraphs = by_ref(demo_conclusions)
    poorer = [
        with_paragraph(demo_conclusions, replace(paragraphs["12"], footnotes=())),
        with_paragraph(demo_conclusions, replace(paragraphs["14"], links=())),
        replace(demo_conclusions, removed=demo_conclusions.removed[1:]),
    ]
    assert [check_coverage(DATA, document).complete for document in poorer] == [False, False, False]


def test_text_told_twice_is_found(demo_conclusions: Document) -> None:
    ninth = by_ref(demo_conclusions)["9"]
    doubled = with_paragraph(demo_conclusions, replace(ninth, text=ninth.text + " 99"))
    assert check_coverage(DATA, doubled).added == {"9": 2}


def test_markdown_is_covered_by_its_letters() -> None:
    data = b"# Title\n\nSome *text* with [a link](http://a.example).\n"
    document = parse(data, file_name="a.md", language="en")
    assert check_coverage(data, document).complete
    poorer = with_paragraph(document, replace(document.paragraphs[0], links=()))
    assert check_coverage(data, poorer).missing["h"] == 1


def test_an_address_that_no_page_may_link_is_covered_wherever_its_paragraph_has_it() -> None:
    data = b"- in the first line\n- ![a picture](port.example)\n"
    document = parse(data, file_name="a.md", language="en")
    assert [(piece.line, piece.text, piece.reason) for piece in document.removed] == [(1, "port.example", "no-link")]
    assert check_coverage(data, document).complete
    dropped = check_coverage(data, replace(document, removed=()))
    assert (dropped.lines, dropped.missing["x"]) == ((2,), 1)

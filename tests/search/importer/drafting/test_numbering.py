"""Which lines open a numbered paragraph."""

from __future__ import annotations

from aep_search.importer import Document, parse


def read(*lines: str, gap: str = "\n\n") -> Document:
    """Double-spaced text, made long enough for its spacing to be recognised."""
    filler = ["and runs on in small letters", "and on", "and on to its end."]
    return parse(gap.join([*lines, *filler]).encode(), file_name="a.txt", language="en")


def refs(document: Document) -> list[str]:
    return [paragraph.ref for paragraph in document.paragraphs]


def test_a_number_inside_a_sentence_opens_no_paragraph() -> None:
    document = read(
        "1. They met in the hall on", "3. floor of the house.", "2. They left.", "3. They wrote a text that"
    )
    assert refs(document) == ["1", "2", "3"]
    assert document.paragraphs[0].text == "They met in the hall on 3. floor of the house."


def test_a_year_and_a_bracket_open_no_paragraph() -> None:
    document = read("1. They meet in", "2021. They plan", "1) a visit and", "2) a report.", "2. They write a text that")
    assert refs(document) == ["1", "2"]


def test_a_far_number_at_the_end_opens_no_paragraph() -> None:
    document = read("1. First one.", "2. Second one.", "99. This is a quotation of a text that")
    assert refs(document) == ["1", "2"]


def test_missing_numbers_are_reported() -> None:
    document = read("1. First one.", "2. Second one.", "5. Fifth one, which is long")
    assert refs(document) == ["1", "2", "5"]
    assert document.gaps == ("3", "4")


def test_a_number_used_twice_is_reported_and_both_paragraphs_are_kept() -> None:
    document = read("1. First one.", "2. Second one.", "2. Second again.", "3. Third one, which is long")
    assert refs(document) == ["1", "2", "2-2", "3"]
    assert document.doubled == ("2",)


def test_numbering_that_starts_anew_below_a_heading_is_reported() -> None:
    document = read(
        "1. First one.", "2. Second one.", "", "Part Two", "", "1. First again.", "2. Second, which is long"
    )
    assert sorted(refs(document)) == ["1", "1-2", "2", "2-2"]
    assert document.doubled == ("1", "2")


def test_a_strong_line_wins_over_a_weak_one_with_the_same_number() -> None:
    document = read("1. See the house on", "2. floor.", "2. The second.", "3. Third one, which is long")
    assert [paragraph.text for paragraph in document.paragraphs[:2]] == [
        "See the house on 2. floor.",
        "The second.",
    ]

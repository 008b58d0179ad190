"""Lines of a laid-out text, and how wrapped lines become one text again."""

from __future__ import annotations

import pytest

from aep_search.importer.drafting.lines import ends_sentence, is_address, join, opens, split_lines


def test_lines_know_what_stands_above_and_around_them() -> None:
    lines = split_lines("one  \n\n\n  two\n\fthree\n\f\nfour\nfi\fve\nsix")
    found = [(line.number, line.gap, line.fresh, line.indented, line.paused) for line in lines]
    assert found == [
        (1, 0, False, False, True),
        (4, 2, False, True, False),
        (5, 0, True, True, False),
        (7, 1, True, False, False),
        (8, 0, False, False, False),
        (9, 0, True, False, False),
    ]


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ([], ""),
        (["", "one", "", "two"], "one two"),
        (["life-", "long"], "life-long"),
        (["one -", "two"], "one - two"),
        (["edu\u00ad", "cation"], "education"),
        (["edu\u00ad"], "edu"),
        (["การ", "ศึกษา"], "การศึกษา"),
        (["教育", "学习"], "教育学习"),
        (["교육", "학습"], "교육 학습"),
        (["教育", "abc"], "教育 abc"),
    ],
)
def test_wrapped_lines_become_one_text(parts: list[str], text: str) -> None:
    assert join(parts) == text


def test_what_ends_and_what_opens_a_sentence() -> None:
    assert all(map(ends_sentence, ("One.", "One.”", "Really?)", "好。")))
    assert not any(map(ends_sentence, ("", "One", "3.1 One")))
    assert all(map(opens, ("One", "“One", "(One", "3", "การ")))
    assert not any(map(opens, ("", "one", "“one", "“")))


def test_an_address_is_one_word_and_the_whole_line() -> None:
    assert all(map(is_address, ("https://example.org/a", "www.example.org", "FTP://example.org")))
    assert not any(map(is_address, ("see https://example.org", "https://example.org and", "example.org")))

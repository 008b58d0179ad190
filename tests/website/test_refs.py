"""References of paragraphs in words."""

from __future__ import annotations

import pytest

from aep_website import refs


def same(text: str) -> str:
    return text


@pytest.mark.parametrize(
    ("ref", "words"),
    [
        ("83", "Paragraph 83"),
        ("before-24", "Introduction before paragraph 24"),
        ("annex-2.17", "Annex 2, item 17"),
        ("annex-1.4.p2", "Annex 1, part 4, paragraph 2"),
        ("3.1.p4", "Section 3.1, paragraph 4"),
        ("preamble.p1", "Preamble, paragraph 1"),
        ("odd_one", "Paragraph odd_one"),
    ],
)
def test_a_reference_is_said_in_words(ref: str, words: str) -> None:
    assert refs.in_words(ref, same) == words

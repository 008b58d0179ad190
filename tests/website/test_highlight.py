"""Marked texts: nothing of an API's text becomes markup."""

from __future__ import annotations

import pytest

from aep_website.highlight import marked


def test_a_range_counts_code_points_beyond_the_basic_plane() -> None:
    text = "𝔸𝔹 school 🎓 day"
    start = text.index("school")
    assert marked(text, [(start, start + 6)]) == "𝔸𝔹 <mark>school</mark> 🎓 day"


def test_markup_in_a_text_is_shown_and_not_obeyed() -> None:
    assert marked("<b>a</b> & b", [(3, 4)]) == "&lt;b&gt;<mark>a</mark>&lt;/b&gt; &amp; b"


def test_a_range_that_cuts_an_escaped_sign_keeps_it_whole() -> None:
    assert marked("a<b", [(1, 2)]) == "a<mark>&lt;</mark>b"


@pytest.mark.parametrize("ranges", [[(2, 99)], [(0, 3), (1, 2)], [(5, 1)], [(2, 2)], []])
def test_odd_ranges_lose_no_text(ranges: list[tuple[int, int]]) -> None:
    assert marked("abcd", ranges).striptags() == "abcd"

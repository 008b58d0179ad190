"""Texts, dates and references in words; nothing of an API's text becomes markup."""

from __future__ import annotations

import pytest

from aep_website import dates, passages, refs
from aep_website.highlight import marked
from aep_website.i18n import negotiate
from aep_website.pages.mailbox import pieces
from aep_website.pages.partners import proposals
from aep_website.pages.publications import outlined


def same(text: str) -> str:
    return text


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


@pytest.mark.parametrize(
    ("edtf", "words"),
    [
        ("2021-12-15", "15 December 2021"),
        ("2008-05-05/2008-05-06", "5–6 May 2008"),
        ("2022-11-30/2022-12-02", "30 November – 2 December 2022"),
        ("2022-11/2022-12", "November–December 2022 (days not set)"),
        ("2026", "2026 (days not set)"),
        ("2027-01~", "about January 2027 (days not set)"),
        ("2024?", "2024 (uncertain) (days not set)"),
        ("2026-03/..", "since March 2026 (days not set)"),
        ("../2026-03-02", "until 2 March 2026 (days not set)"),
        ("2022-21", "spring 2022 (days not set)"),
        ("something", "something (days not set)"),
        (None, "no date set"),
    ],
)
def test_a_date_says_what_is_known_and_no_more(edtf: str | None, words: str) -> None:
    assert dates.meeting_in_words(edtf, "en", same) == words


@pytest.mark.parametrize(
    ("end", "words"),
    [
        ("2027-02-01T00:00:00+00:00", "31 January 2027"),
        ("2027-02-01T01:00:00+01:00", "31 January 2027"),
        ("2027-01-01T00:00:00Z", "31 December 2026"),
        ("2027-02-01T00:00:01Z", "1 February 2027, 00:00 UTC"),
        ("9999-12-31T23:59:59Z", "31 December 9999, 23:59 UTC"),
    ],
)
def test_what_ends_at_midnight_ends_with_the_day_before(end: str, words: str) -> None:
    assert dates.end_in_words(end, "en") == words


def test_dates_follow_the_language() -> None:
    assert dates.in_words("2008-05-05/2008-05-06", "fr", same) == "5–6 mai 2008"


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


def test_lists_and_running_text_are_kept_apart_and_whole() -> None:
    found = passages.blocks("First:\n- one\n- two\n\nSecond\nline")
    assert [(block.lines, block.is_list) for block in found] == [
        (("First:",), False),
        (("one", "two"), True),
        (("Second", "line"), False),
    ]


def test_headings_open_where_they_begin_and_levels_never_jump() -> None:
    paragraphs = [{"heading": ["A", "a"]}, {"heading": ["A", "a"]}, {"heading": ["A", "b"]}, {"heading": ["B"]}]
    assert [[h[:2] for h in entry.headings] for entry in outlined(paragraphs)] == [
        [(2, "A"), (3, "a")],
        [],
        [(3, "b")],
        [(2, "B")],
    ]


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("fr;q=0.9, de", "de"),
        ("fr-CA, en;q=0.5", "fr"),
        ("xx", "en"),
        ("", "en"),
        ("fr;q=0, en", "en"),
        ("*", "en"),
        ("fr;q=x", "en"),
        ("de;q=0.2, fr;q=0.3", "fr"),
    ],
)
def test_the_language_that_the_browser_likes_best(accepted: str, language: str) -> None:
    assert negotiate(accepted, ("en", "fr", "de")) == language


def test_proposed_names_are_those_that_the_register_lacks() -> None:
    assert proposals({"iso": "FI", "name": {"en": "Finland", "fi": "Suomi"}}) == {"sv": "Finland"}


def test_only_links_of_this_site_can_be_followed_in_the_mailbox() -> None:
    text = "Open https://aep.example/en/x?y=1. Not https://aep.example.evil/z"
    links = [address for _, address in pieces(text, "https://aep.example") if address]
    assert links == ["/en/x?y=1"]
    assert "".join(piece for piece, _ in pieces(text, "https://aep.example")) == text

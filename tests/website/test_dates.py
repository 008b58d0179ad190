"""Dates in words."""

from __future__ import annotations

from datetime import datetime

import pytest

from aep_website import dates


def same(text: str) -> str:
    return text


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
    assert dates.end_in_words(datetime.fromisoformat(end), "en") == words


def test_dates_follow_the_language() -> None:
    assert dates.in_words("2008-05-05/2008-05-06", "fr", same) == "5–6 mai 2008"

"""Refs are readable, and none is given twice."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aep_search.importer.drafting.refs import Positions, Refs, slug


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("Éducation tout au long", "education-tout-au-long"),
        ("Annex: the rest", "annex"),
        ("Part one \N{EN DASH} the rest", "part-one"),
        ("well-being", "well-being"),
        ("การศึกษา", ""),
        ("x" * 50, "x" * 40),
        ("a" * 30 + " " + "b" * 30, "a" * 30),
        ("a" * 20 + " " + "b" * 19, "a" * 20 + "-" + "b" * 19),
    ],
)
def test_slug_of_a_heading(heading: str, expected: str) -> None:
    assert slug(heading) == expected


@given(st.text(max_size=200))
def test_a_slug_is_short_and_plain(heading: str) -> None:
    assert len(slug(heading)) <= 40
    assert re.fullmatch(r"(?:[a-z0-9]+(?:-[a-z0-9]+)*)?", slug(heading))


@given(st.lists(st.sampled_from(["a", "a-2", "a-3", "b", "a-2-2"]), max_size=12))
def test_no_ref_is_given_twice(names: list[str]) -> None:
    refs = Refs()
    given_out = [refs.take(name) for name in names]
    assert len(set(given_out)) == len(names)


def test_a_ref_that_looks_like_a_repetition_is_passed_over() -> None:
    refs = Refs()
    assert [refs.take(name) for name in ("a", "a-2", "a", "a")] == ["a", "a-2", "a-3", "a-4"]


def test_positions_count_below_each_name() -> None:
    positions = Positions()
    found = [positions.next()]
    for name in ("3.1", "3.1"):
        positions.open(name)
        found += [positions.next(), positions.next()]
    assert found == ["p1", "3.1.p1", "3.1.p2", "3.1-2.p1", "3.1-2.p2"]

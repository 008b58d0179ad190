"""Which number of a section may come next, and which are missing."""

from __future__ import annotations

import pytest

from aep_search.importer.drafting.outline import Outline


def _with(*numbers: str) -> Outline:
    outline = Outline()
    for number in numbers:
        outline.enter(number)
    return outline


@pytest.mark.parametrize(
    ("before", "number", "accepted"),
    [
        ((), "1", True),
        ((), "4.2", True),
        ((), "1.1.1", False),
        (("2",), "7", True),
        (("2",), "8", False),
        (("2",), "2.1", True),
        (("2",), "2.1.1", False),
        (("2.2",), "2.1", False),
        (("2.2",), "2.2", True),
        (("2.10",), "2.9", False),
        (("2.9",), "2.10", True),
    ],
)
def test_a_number_comes_soon_after_the_one_before(before: tuple[str, ...], number: str, accepted: bool) -> None:
    assert _with(*before).accepts(number) is accepted


def test_level_is_the_depth_of_the_open_section() -> None:
    outline = Outline()
    assert (outline.level, outline.enter("2.1"), outline.level) == (0, 2, 2)
    outline.leave()
    assert outline.level == 0


def test_missing_and_doubled_numbers_are_listed() -> None:
    outline = _with("1", "3.1", "3.3", "3.3")
    assert outline.gaps() == ["2", "3", "3.2"]
    assert outline.doubled == ["3.3"]
    assert _with("1", "2", "2.1").gaps() == Outline().gaps() == []

"""The statistics and the rules of the protocol, on figures whose answer is known."""

from __future__ import annotations

import pytest

from tests.bench import ratios
from tests.bench.harness import Protocol, interleaved, row
from tests.bench.ratios import Goal, Interval, interval, is_void, verdict

LONG = Protocol()


def test_the_median_and_the_interval_of_known_figures() -> None:
    found = interval([float(number) for number in range(1, 102)], seed=7)
    assert found.median == 51
    # Order statistics give 41 to 61 for the median of 101 figures.
    assert found.low == pytest.approx(41, abs=2)
    assert found.high == pytest.approx(61, abs=2)


def test_one_wild_pair_moves_neither_the_median_nor_the_interval() -> None:
    assert interval([1.0] * 14 + [90.0], seed=7) == Interval(1.0, 1.0, 1.0)


def test_the_same_seed_gives_the_same_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    # So few samples that two seeds do not agree by chance.
    monkeypatch.setattr(ratios, "RESAMPLES", 50)
    figures = [number**0.5 for number in range(40)]
    assert interval(figures, seed=3) == interval(figures, seed=3)
    assert interval(figures, seed=3) != interval(figures, seed=4)


@pytest.mark.parametrize(("low", "high", "void"), [(0.95, 1.05, False), (0.949, 1.0, True), (1.0, 1.051, True)])
def test_a_subject_that_differs_from_itself_makes_the_run_void(low: float, high: float, void: bool) -> None:
    assert is_void(Interval(1.0, low, high)) is void


def test_a_goal_is_met_by_the_worse_end() -> None:
    assert Goal(0.85).met_by(Interval(0.9, 0.85, 0.95))
    assert not Goal(0.85).met_by(Interval(0.9, 0.84, 0.95))
    assert Goal(2.5, at_least=False).met_by(Interval(2.0, 1.5, 2.5))
    assert not Goal(2.5, at_least=False).met_by(Interval(2.0, 1.5, 2.6))


def test_noise_voids_and_a_short_run_says_nothing_whatever_the_goal() -> None:
    good, quiet, noisy = Interval(1.0, 1.0, 1.0), Interval(1.0, 0.99, 1.01), Interval(1.0, 0.9, 1.1)
    assert verdict(good, Goal(0.8), quiet, binding=True) == "met"
    assert verdict(good, Goal(1.2), quiet, binding=True) == "missed"
    assert verdict(good, None, quiet, binding=True) == "reported"
    assert verdict(good, Goal(0.8), noisy, binding=True) == "void"
    assert verdict(good, Goal(0.8), quiet, binding=False) == "recorded"


def test_a_run_shorter_than_the_protocol_is_not_binding() -> None:
    assert LONG.binding
    assert not Protocol(pairs=14).binding
    assert not Protocol(seconds=4.9).binding
    assert not Protocol(idle=10).binding


async def test_the_sides_are_interleaved_and_stay_in_their_place() -> None:
    order = ""

    async def turn(name: str) -> str:
        nonlocal order
        order += name
        return name

    pairs = await interleaved(lambda: turn("A"), lambda: turn("B"), 4)
    assert order == "ABBAABBA"
    assert pairs == [("A", "B")] * 4


def test_the_ratio_is_of_each_pair_and_not_of_the_medians() -> None:
    # Both sides slow down together in the last pairs: the ratio of each pair stays 2.
    pairs = [(10.0, 5.0), (8.0, 4.0), (2.0, 1.0)]
    found = row("what", "a second", ("A", "B"), pairs, [(1.0, 1.0)], Goal(1.5), LONG)
    assert found.ratio == Interval(2.0, 2.0, 2.0)
    assert (found.figure, found.rival_figure) == (8.0, 4.0)
    assert found.verdict == "met"

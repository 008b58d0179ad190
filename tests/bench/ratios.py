"""What a list of figures says: its median, how sure that is, and whether a goal is met."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

RESAMPLES = 10_000
TOLERANCE = 0.05
"""A subject measured against itself may differ by this; more, and the machine was too noisy to judge anything."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A median and its bootstrap 95 % interval."""

    median: float
    low: float
    high: float


def interval(values: Sequence[float], seed: int) -> Interval:
    """The median of `values`; resampled with a fixed seed, so that the same figures always say the same."""
    chance = random.Random(seed)
    medians = sorted(median(chance.choices(values, k=len(values))) for _ in range(RESAMPLES))
    tail = RESAMPLES * 25 // 1000
    return Interval(median(values), medians[tail], medians[-1 - tail])


def is_void(same: Interval) -> bool:
    """Whether a comparison of the subject with itself forbids any verdict."""
    return same.low < 1 - TOLERANCE or same.high > 1 + TOLERANCE


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound that the worse end of an interval must reach."""

    bound: float
    at_least: bool = True

    def met_by(self, found: Interval) -> bool:
        return found.low >= self.bound if self.at_least else found.high <= self.bound

    def __str__(self) -> str:
        return f"{'>=' if self.at_least else '<='} {self.bound:g}"


def verdict(found: Interval, goal: Goal | None, same: Interval | None, *, binding: bool) -> str:
    """`recorded` where the run was too short for a verdict, `void` where the machine was too noisy."""
    if not binding:
        return "recorded"
    if same is not None and is_void(same):
        return "void"
    if goal is None:
        return "reported"
    return "met" if goal.met_by(found) else "missed"

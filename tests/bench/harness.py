"""The protocol of every comparison: A and B interleaved, a ratio for each pair, A against itself first."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import TypeVar

from tests.bench.ratios import Goal, Interval, interval, verdict

Figure = TypeVar("Figure")
Measure = Callable[[float], Awaitable[float]]
"""Works for so many seconds, checks that the work was really done, and answers the figure."""

LEAST_PAIRS, LEAST_SECONDS, LEAST_IDLE = 15, 5.0, 60.0


@dataclass(frozen=True, slots=True)
class Protocol:
    """How long a run takes; a shorter one than the defaults shows only that the benchmarks work."""

    pairs: int = LEAST_PAIRS
    seconds: float = LEAST_SECONDS
    warm_up: float = 2.0
    idle: float = LEAST_IDLE
    seed: int = 1

    def few(self) -> Protocol:
        """For what takes long each time: enough to record a figure, not enough for a verdict."""
        return replace(self, pairs=min(self.pairs, 3))

    @property
    def binding(self) -> bool:
        """Whether a verdict may be spoken."""
        return self.pairs >= LEAST_PAIRS and self.seconds >= LEAST_SECONDS and self.idle >= LEAST_IDLE


@dataclass(frozen=True, slots=True)
class Arm:
    """One side of a comparison."""

    name: str
    measure: Measure


@dataclass(frozen=True, slots=True)
class Row:
    """One result; `ratio` is of the subject's figures to the rival's, or of the figures alone without a rival."""

    what: str
    subject: str
    rival: str
    unit: str
    figure: float
    rival_figure: float | None
    ratio: Interval
    same: Interval | None
    goal: str
    verdict: str
    pairs: int


async def compare(
    what: str, unit: str, subject: Arm, rivals: Sequence[tuple[Arm, Goal | None]], protocol: Protocol
) -> list[Row]:
    """The subject against itself, then against each rival."""

    async def pairs_with(rival: Arm) -> list[tuple[float, float]]:
        _say(f"{what}: {subject.name} against {rival.name}")
        return await interleaved(
            lambda: subject.measure(protocol.seconds), lambda: rival.measure(protocol.seconds), protocol.pairs
        )

    for arm in (subject, *(rival for rival, _ in rivals)):
        await arm.measure(protocol.warm_up)
    same = await pairs_with(subject)
    return [
        row(what, unit, (subject.name, rival.name), await pairs_with(rival), same, goal, protocol)
        for rival, goal in rivals
    ]


async def interleaved(
    first: Callable[[], Awaitable[Figure]], second: Callable[[], Awaitable[Figure]], pairs: int
) -> list[tuple[Figure, Figure]]:
    """A B B A, so that what drifts during a run meets both sides alike."""
    found: list[tuple[Figure, Figure]] = []
    for number in range(pairs):
        if number % 2 == 0:
            left = await first()
            right = await second()
        else:
            right = await second()
            left = await first()
        _say(f"  pair {number + 1} of {pairs}: {left} {right}")
        found.append((left, right))
    return found


def row(
    what: str,
    unit: str,
    names: tuple[str, str],
    pairs: Sequence[tuple[float, float]],
    same: Sequence[tuple[float, float]] | None,
    goal: Goal | None,
    protocol: Protocol,
) -> Row:
    """The result of one comparison and, where there was time for it, of the subject's comparison with itself."""
    ratio = interval([a / b for a, b in pairs], protocol.seed)
    own = interval([a / b for a, b in same], protocol.seed) if same else None
    figure, rival_figure = (median(side) for side in zip(*pairs, strict=True))
    spoken = verdict(ratio, goal, own, binding=protocol.binding)
    return Row(what, *names, unit, figure, rival_figure, ratio, own, str(goal or ""), spoken, len(pairs))


def absolute(what: str, unit: str, name: str, figures: Sequence[float], goal: Goal | None, protocol: Protocol) -> Row:
    """A figure that stands for itself, such as a share of a core."""
    found = interval(figures, protocol.seed)
    spoken = verdict(found, goal, None, binding=protocol.binding)
    return Row(what, name, "", unit, found.median, None, found, None, str(goal or ""), spoken, len(figures))


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)

"""Two cores, the same layout for both sides: the subject on one, engines and load on the other."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

_CORES = sorted(os.sched_getaffinity(0))
SUBJECT, OTHERS = _CORES[0], _CORES[-1]
"""The same core where the machine has only one; the report says how many there are."""


def pin(core: int) -> None:
    """Moves every thread of this process to a core; processes started from now on inherit it."""
    for thread in Path("/proc/self/task").iterdir():
        with contextlib.suppress(ProcessLookupError):
            os.sched_setaffinity(int(thread.name), {core})


@contextlib.contextmanager
def pinned(core: int) -> Iterator[None]:
    """Starts what begins within the block on `core`."""
    before = os.sched_getaffinity(0)
    pin(core)
    try:
        yield
    finally:
        pin(min(before))

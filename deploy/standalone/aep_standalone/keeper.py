"""Starts a PostgreSQL that died by itself again, and gives up where that does not help."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from aep_standalone.errors import ServerDied
from aep_standalone.postgres import EmbeddedPostgres

MOST_DEATHS = 3
WITHIN_SECONDS = 60.0


async def keep_running(postgres: EmbeddedPostgres, progress: Callable[[str], None], most: int = MOST_DEATHS) -> None:
    """Watches a started server until cancelled.

    Raises `ServerDied` when it has died `most` times within a minute, and the errors of starting it.
    """
    deaths: deque[float] = deque(maxlen=most)
    while True:
        status = await postgres.wait()
        deaths.append(time.monotonic())
        if len(deaths) == most and deaths[-1] - deaths[0] < WITHIN_SECONDS:
            raise ServerDied("postgres", status, postgres.folder.log, [f"{most} times within a minute"])
        progress(f"PostgreSQL ended with status {status}; it is started again")
        await postgres.start()

"""A sender in a process of its own that kills itself (SIGKILL) or stops (SIGSTOP) the first time it comes by a point.

`python -m tests.notifications.delivery.killed_sender DSN SMTP_URL POINT SIGNAL`
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys

from aep_shared.database import Database
from tests.notifications.newsletters import sender
from tests.shared.smtp import Smtp


async def work(dsn: str, url: str, point: str, number: int) -> None:
    left = [1]

    async def at(reached: str) -> None:
        if reached == point and left[0]:
            left[0] -= 1
            os.kill(os.getpid(), number)

    await sender(Database(dsn), Smtp(url=url), at=at).run()


if __name__ == "__main__":
    dsn, url, point, name = sys.argv[1:]
    asyncio.run(work(dsn, url, point, getattr(signal, name)))

"""Holds a data folder as `aep up` would: starts the server, prints its address, stops it when its input ends.

It ignores the signals that a terminal sends to a whole process group, so that a test can send them and see
what they do to the server.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

from aep_standalone.errors import StandaloneError
from aep_standalone.postgres import EmbeddedPostgres


async def hold(data: Path) -> None:
    server = EmbeddedPostgres(data)
    try:
        await server.start()
    except StandaloneError as problem:
        print(problem.code, flush=True)
        return
    print(server.dsn("postgres"), flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await server.stop()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    asyncio.run(hold(Path(sys.argv[1])))

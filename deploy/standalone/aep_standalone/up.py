"""`aep up`: from an empty folder to a running platform, and to a clean stop."""

from __future__ import annotations

import asyncio
import os
import signal
import sys

from aep_registry.identity.bootstrap import LOCAL_OPERATOR, one_time_link
from aep_shared.errors import Problem
from aep_shared.settings import SettingsError
from aep_shared.telemetry import configure_logging
from aep_standalone import operator
from aep_standalone.embedded import Embedded, Options, running
from aep_standalone.errors import StandaloneError
from aep_standalone.loading import STATE_FILE, load_once


async def run(options: Options, process: str, *, demo: bool) -> int:
    """Starts the platform and waits for SIGINT or SIGTERM; the exit code.

    It is 2, with one line that says why, where the platform cannot start or cannot go on.
    """
    configure_logging("console", "WARNING")
    # Whatever is written below the data folder, also the files of reports and the index, is this user's alone.
    os.umask(0o077)
    stopping = asyncio.Event()
    main_task = asyncio.current_task()
    assert main_task is not None

    def stop() -> None:
        # The second signal, or one during start-up, interrupts whatever is going on; the clean-up still runs.
        if stopping.is_set() or not ready.is_set():
            main_task.cancel()
        stopping.set()

    ready = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    try:
        async with running(options, _progress) as embedded:
            await _prepare(embedded, process, demo=demo)
            ready.set()
            await _stopped(embedded, stopping)
            _progress("stopping")
    except asyncio.CancelledError:
        return 130
    except (StandaloneError, SettingsError, Problem) as problem:
        print(f"aep: {problem}", file=sys.stderr)
        return 2
    return 0


async def _prepare(embedded: Embedded, process: str, *, demo: bool) -> None:
    token = await operator.write_token(embedded)
    options = embedded.options

    async def code(email: str) -> str:
        return (await one_time_link(embedded.platforms["registry"], email, ())).rpartition("/")[2]

    file = options.data / STATE_FILE
    state = await load_once(file, options.local_url, token, process, demo=demo, progress=_progress, code=code)
    url = options.site_url
    print(f"website   {url}/\nAPI       {url}/api", flush=True)
    for role, email in state.people:
        link = await one_time_link(embedded.platforms["registry"], email, ())
        print(f"sign in   {role:<12} {link}", flush=True)
    if embedded.mailbox:
        link = await one_time_link(embedded.platforms["registry"], LOCAL_OPERATOR, ("operator",))
        print(f"mailbox   {link}?next=/mailbox", flush=True)
    print(f"ready http://127.0.0.1:{options.port}", flush=True)


async def _stopped(embedded: Embedded, stopping: asyncio.Event) -> None:
    """Waits for the signal to stop; raises where a part of the platform ends by itself."""
    tasks = [
        asyncio.create_task(stopping.wait()),
        asyncio.create_task(embedded.ended()),
        asyncio.create_task(operator.keep_token(lambda: operator.write_token(embedded))),
    ]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        done.pop().result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _progress(line: str) -> None:
    print(line, file=sys.stderr, flush=True)

"""The command line of a service: one part of it in a process of its own, or a command of operators.

`python -m aep_<service> api|worker|migrate` runs a part; the embedded profile runs all parts of all services in one
process. `skip-record` and the commands that a service adds work on the database alone.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import sys
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import uvicorn
from fastapi import FastAPI

from aep_shared.database import AWAY, NotADirectConnection
from aep_shared.database.migrations import UnknownRevision
from aep_shared.eventlog.port import EventLogError
from aep_shared.service.platform import Platform, patiently
from aep_shared.service.skipping import skip_record
from aep_shared.settings import SettingsError
from aep_shared.telemetry import configure_logging
from aep_shared.web.proxies import networks
from aep_shared.web.server import server_config

Build = Callable[[Mapping[str, str]], tuple[Platform, FastAPI]]
Command = Callable[[Platform, list[str]], Coroutine[Any, Any, int]]
"""A command of operators with its arguments; its exit code."""


def main(
    build: Build,
    service: str,
    extra: Mapping[str, Command] | None = None,
) -> None:
    """The command line of a service; what it cannot start with or without ends it with one line.

    Exit code 2 says that settings or the database itself must change, 1 that something did not answer.
    """
    commands = {"skip-record": skip_record, **(extra or {})}
    parser = argparse.ArgumentParser(prog=f"python -m aep_{service}")
    parser.add_argument("part", choices=["api", "worker", "migrate", *commands])
    arguments, rest = parser.parse_known_args()
    try:
        platform, app = build(os.environ)
    except (SettingsError, ValueError) as problem:
        raise _ended(service, problem, 2) from problem
    configure_logging(platform.settings.log_format, platform.settings.log_level)
    parts = {"api": _run_api, "worker": _run_worker, "migrate": _run_migrate}
    try:
        if arguments.part in commands:
            raise SystemExit(asyncio.run(_run_command(platform, commands[arguments.part], rest)))
        asyncio.run(parts[arguments.part](platform, app))
    except (NotADirectConnection, UnknownRevision) as problem:
        raise _ended(service, problem, 2) from problem
    except (EventLogError, *AWAY) as problem:
        raise _ended(service, f"{type(problem).__name__}: {problem}", 1) from problem


def _ended(service: str, problem: object, code: int) -> SystemExit:
    print(f"aep_{service}: {problem}", file=sys.stderr)
    return SystemExit(code)


async def _run_command(platform: Platform, command: Command, arguments: list[str]) -> int:
    """Commands of operators run beside a database that may be starting, or be busy with everybody else's start."""
    await patiently(platform.database.answers)
    return await command(platform, arguments)


async def _run_migrate(platform: Platform, _app: FastAPI) -> None:
    await platform.migrate()
    await patiently(platform.event_log.open)
    try:
        await platform.create_topics()
    finally:
        await platform.event_log.close()
        await platform.database.close()


async def _run_api(platform: Platform, app: FastAPI) -> None:
    await platform.open()
    config = _server_config(platform, app, timeout_graceful_shutdown=8)
    try:
        await uvicorn.Server(config).serve()
    finally:
        await platform.close()


def _server_config(platform: Platform, app: FastAPI, **more: Any) -> uvicorn.Config:
    settings = platform.settings
    return server_config(app, settings.host, settings.port, networks(settings.trusted_proxies), **more)


async def _run_worker(platform: Platform, app: FastAPI) -> None:
    """The worker answers health on its port as well, so that it is watched like the API."""
    await platform.open()
    server = uvicorn.Server(_server_config(platform, app))
    work = asyncio.create_task(platform.worker.run())
    try:
        serving = asyncio.create_task(server.serve())
        await asyncio.wait({work, serving}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        work.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await work
        await platform.close()

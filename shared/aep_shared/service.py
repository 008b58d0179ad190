"""A service as a whole: its API, its worker, its migrations, and the three ways to run them.

`python -m aep_<service> api|worker|migrate` runs one part in a process of its own; the embedded profile runs all parts
of all services in one process.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
import uvicorn
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from aep_shared import housekeeping
from aep_shared.auth.authenticator import Authenticator
from aep_shared.auth.keys import FetchedKeys, KeySource
from aep_shared.consumer import ConsumerGroup, Hook
from aep_shared.consumer.group import nothing
from aep_shared.contracts.topics import SUBJECT, TOPICS, consumed_by
from aep_shared.db import Database
from aep_shared.db.migrations import migrate
from aep_shared.eventlog import event_log
from aep_shared.eventlog.port import EventLog, TopicSpec
from aep_shared.http.after import Awaited
from aep_shared.leadership import Leadership
from aep_shared.outbox import Aggregate
from aep_shared.relay import Relay
from aep_shared.settings import ServiceSettings, SettingsError
from aep_shared.telemetry import configure_logging

log = structlog.get_logger()

Job = Callable[[], Coroutine[Any, Any, None]]
DerivedAt = Callable[[AsyncSession, str, str], Awaitable[datetime | None]]
DerivedLater = Callable[[AsyncSession, set[Awaited]], Awaitable[set[Awaited]]]


@dataclass(slots=True)
class Platform:
    """What the parts of a service share; made once by its composition root."""

    service: str
    package: str
    settings: ServiceSettings
    database: Database
    event_log: EventLog
    authenticator: Authenticator
    groups: list[ConsumerGroup]
    aggregates: list[Aggregate] = field(default_factory=list)
    relay: Relay | None = None
    jobs: dict[str, Job] = field(default_factory=dict)
    checks: dict[str, Callable[[], Awaitable[str]]] = field(default_factory=dict)
    opened: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    closed: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    leaders: dict[str, Leadership] = field(default_factory=dict)
    working: bool = False
    """Whether this process is a worker: an API alone has no loops that could hang."""
    derived_later: DerivedLater | None = None
    """Which of these applied events are not yet in what is derived from the replicas, such as an index."""
    derived_at: DerivedAt | None = None
    """When the newest applied event of a type and key went into that."""

    @property
    def consumed(self) -> frozenset[str]:
        """The types of events that this service reads."""
        return frozenset(topic for group in self.groups for topic in group.topics)

    @property
    def relay_failure(self) -> str | None:
        """Why the relay of this process stands still; `None` while it works or runs in another process."""
        return self.relay.failure if self.relay else None

    def stuck(self, seconds: float) -> list[str]:
        """The loops of this worker that have not come by for so long."""
        loops = {**{group.name: group.progress for group in self.groups},
                 **{name: leader.progress for name, leader in self.leaders.items()}}  # fmt: skip
        now = time.monotonic()
        return [name for name, progress in loops.items() if self.working and now - progress > seconds]

    @property
    def public_events(self) -> frozenset[str]:
        """Those of them that anybody may ask about: when somebody's rights changed is nobody else's business."""
        return self.consumed - {SUBJECT.name}

    async def migrate(self) -> None:
        """Brings the database to this version."""
        await migrate(self.database.engine, self.package)

    async def create_topics(self) -> None:
        """Creates the topics that this service owns or reads."""
        mine = [t for t in TOPICS.values() if t.owner == self.service or self.service in t.consumers]
        await self.event_log.create_topics([TopicSpec(t.name, t.partitions, t.tombstone_days) for t in mine])

    async def open(self) -> None:
        await self.event_log.open()
        for start in self.opened:
            await start()

    async def close(self) -> None:
        for stop in reversed(self.closed):
            await stop()
        await self.event_log.close()
        await self.database.close()

    async def work(self) -> None:
        """Runs relay, consumers and jobs until cancelled."""
        self.working = True
        tasks: dict[str, Job] = {group.name: group.run for group in self.groups}
        if self.relay:
            tasks["relay"] = self.relay.run
        tasks |= self.jobs
        async with asyncio.TaskGroup() as group:
            for name, task in tasks.items():
                group.create_task(_kept_running(f"{self.service}.{name}", task), name=f"{self.service}.{name}")


def compose(
    service: str,
    settings: ServiceSettings,
    *,
    keys: KeySource | None = None,
    hook: Hook = nothing,
    aggregates: list[Aggregate] | None = None,
    forgets: Sequence[str] = (),
) -> Platform:
    """The parts that every service has in the same way; `keys` are the registry's own, the others fetch them.

    `forgets` are statements that remove what the service need not know any more; they run every hour.
    """
    database = Database(settings.database_url, pool_size=settings.pool_size, application=f"aep-{service}")
    the_log = event_log(settings.event_log_url)
    timing = settings.timing
    # The subject topic has a group of its own that stops rather than sets an event aside: rights must be complete.
    groups = [ConsumerGroup(database, the_log, f"{service}.identity", [SUBJECT], strict=True, timing=timing)]
    others = [topic for topic in consumed_by(service) if topic != SUBJECT]
    if others:
        groups.append(ConsumerGroup(database, the_log, service, others, hook=hook, timing=timing))
    relay = Relay(database, the_log, service, timing=timing, poll=settings.pause)
    jobs = {
        "housekeeping": every(housekeeping.CLEAR_EVERY_SECONDS, lambda: _keep_house(database, the_log, forgets)),
        "figures": every(
            housekeeping.FIGURES_EVERY_SECONDS,
            lambda: housekeeping.read_figures(database, service, groups, relay),
        ),
    }
    return Platform(
        jobs=jobs,
        service=service,
        package=f"aep_{service}",
        settings=settings,
        database=database,
        event_log=the_log,
        authenticator=Authenticator(
            database, keys or FetchedKeys(database, f"{settings.registry_url}/api/registry/v1/keys"), settings.site_url
        ),
        groups=groups,
        aggregates=aggregates or [],
        relay=relay,
        leaders={"relay": relay.leadership},
    )


async def _keep_house(database: Database, the_log: EventLog, forgets: Sequence[str]) -> None:
    await housekeeping.clear(database, forgets)
    await the_log.maintain()


async def _kept_running(name: str, task: Job) -> None:
    """Starts a task again after an unexpected failure, so that one bad moment does not end the others."""
    while True:
        try:
            await task()
            return
        except Exception:
            log.exception("task failed", task=name)
        await asyncio.sleep(1)


def every(seconds: float, step: Callable[[], Awaitable[object]]) -> Job:
    """A job that runs `step` again and again with a pause of `seconds`."""

    async def run() -> None:
        while True:
            await step()
            await asyncio.sleep(seconds)

    return run


Build = Callable[[Mapping[str, str]], tuple[Platform, FastAPI]]


def main(
    build: Build,
    service: str,
    extra: Mapping[str, Callable[[Platform, list[str]], Coroutine[Any, Any, int]]] | None = None,
) -> None:
    """The command line of a service; unknown or missing settings end it with one line and exit code 2."""
    parser = argparse.ArgumentParser(prog=f"python -m aep_{service}")
    parser.add_argument("part", choices=["api", "worker", "migrate", *(extra or {})])
    arguments, rest = parser.parse_known_args()
    try:
        platform, app = build(os.environ)
    except (SettingsError, ValueError) as problem:
        print(f"aep_{service}: {problem}", file=sys.stderr)
        raise SystemExit(2) from problem
    configure_logging(platform.settings.log_format, platform.settings.log_level)
    if extra and arguments.part in extra:
        raise SystemExit(asyncio.run(extra[arguments.part](platform, rest)))
    parts = {"api": _run_api, "worker": _run_worker, "migrate": _run_migrate}
    asyncio.run(parts[arguments.part](platform, app))


async def _run_migrate(platform: Platform, _app: FastAPI) -> None:
    await platform.migrate()
    await platform.event_log.open()
    try:
        await platform.create_topics()
    finally:
        await platform.event_log.close()
        await platform.database.close()


async def _run_api(platform: Platform, app: FastAPI) -> None:
    await platform.open()
    config = uvicorn.Config(app, host=platform.settings.host, port=platform.settings.port, log_config=None,
                            access_log=False, server_header=False, timeout_graceful_shutdown=8)  # fmt: skip
    try:
        await uvicorn.Server(config).serve()
    finally:
        await platform.close()


async def _run_worker(platform: Platform, app: FastAPI) -> None:
    """The worker answers health on its port as well, so that it is watched like the API."""
    await platform.open()
    config = uvicorn.Config(app, host=platform.settings.host, port=platform.settings.port, log_config=None,
                            access_log=False, server_header=False)  # fmt: skip
    server = uvicorn.Server(config)
    work = asyncio.create_task(platform.work())
    try:
        serving = asyncio.create_task(server.serve())
        await asyncio.wait({work, serving}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        work.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await work
        await platform.close()

"""A service as a whole: its API, its worker, its migrations, and the three ways to run them.

`python -m aep_<service> api|worker|migrate` runs one part in a process of its own; the embedded profile runs all parts
of all services in one process. `skip-record` works on the database alone.
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
from aep_shared.auth.rights import Replicated, Rights
from aep_shared.auth.seals import Seal, Seals
from aep_shared.consumer import ConsumerGroup, Hook
from aep_shared.consumer.group import nothing
from aep_shared.consumer.skipping import skip_record
from aep_shared.contracts.topics import SUBJECT, TOPICS, consumed_by
from aep_shared.db import AWAY, Database, NotADirectConnection
from aep_shared.db.migrations import UnknownRevision, migrate
from aep_shared.doctor import Doctor, Rounds
from aep_shared.eventlog import event_log
from aep_shared.eventlog.port import EventLog, EventLogError, LogUnavailable, TopicSpec
from aep_shared.http.after import Awaited
from aep_shared.http.server import server_config
from aep_shared.jobs import Job, KeptRunning, every
from aep_shared.leadership import Leadership
from aep_shared.outbox import Aggregate
from aep_shared.proxies import networks
from aep_shared.relay import Relay
from aep_shared.settings import ServiceSettings, SettingsError
from aep_shared.telemetry import configure_logging

log = structlog.get_logger()

__all__ = ["Job", "Platform", "compose", "every", "main", "patiently"]

START_SECONDS = 60.0
"""How long a start waits for a database or a log that is starting too."""
_FLOW_CONNECTIONS = 5

DerivedAt = Callable[[AsyncSession, str, str], Awaitable[datetime | None]]
DerivedLater = Callable[[AsyncSession, set[Awaited]], Awaitable[set[Awaited]]]


@dataclass(slots=True)
class Platform:
    """What the parts of a service share; made once by its composition root."""

    service: str
    package: str
    settings: ServiceSettings
    database: Database
    flow: Database
    """The same database through a pool that requests cannot use up: for relay, consumers, heartbeat and figures."""
    event_log: EventLog
    doctor: Doctor
    authenticator: Authenticator
    groups: list[ConsumerGroup]
    aggregates: list[Aggregate] = field(default_factory=list)
    relay: Relay | None = None
    jobs: dict[str, Job] = field(default_factory=dict)
    checks: dict[str, Callable[[], Awaitable[str]]] = field(default_factory=dict)
    opened: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    closed: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    leaders: dict[str, Leadership] = field(default_factory=dict)
    kept: dict[str, KeptRunning] = field(default_factory=dict)
    """The jobs that this worker runs."""
    waiting: int = 0
    """How many requests wait for an event at this moment (`AEP-After`)."""
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
        """The loops of this worker that did no work for so long, and the jobs that failed all that time."""
        loops = {
            **{group.name: group.progress for group in self.groups},
            **{name: leader.progress for name, leader in self.leaders.items()},
        }
        failing = {name: kept.failing_since for name, kept in self.kept.items() if kept.failing_since is not None}
        now = time.monotonic()
        # A loop that starts over and over shows progress each time; since when its job fails counts.
        return [name for name, since in {**loops, **failing}.items() if self.working and now - since > seconds]

    @property
    def public_events(self) -> frozenset[str]:
        """Those of them that anybody may ask about: when somebody's rights changed is nobody else's business."""
        return self.consumed - {SUBJECT.name}

    async def migrate(self) -> None:
        """Brings the database to this version; waits for one that is starting."""
        await patiently(self.database.answers)
        await migrate(self.database.engine, self.package)

    async def create_topics(self) -> None:
        """Creates the topics that this service owns or reads."""
        mine = [t for t in TOPICS.values() if t.owner == self.service or self.service in t.consumers]
        await self.event_log.create_topics([TopicSpec(t.name, t.partitions, t.tombstone_days) for t in mine])

    async def open(self) -> None:
        """Connects; waits up to a minute for a database or a log that is starting.

        Raises `NotADirectConnection` where a pooler stands in between, `LogUnavailable`, or what the driver raises.
        """
        await patiently(self.database.answers)
        await patiently(self.event_log.open)
        for start in self.opened:
            await start()

    async def close(self) -> None:
        for stop in reversed(self.closed):
            await stop()
        await self.doctor.close()
        await self.event_log.close()
        await self.flow.close()
        await self.database.close()

    async def work(self) -> None:
        """Runs relay, consumers and jobs until cancelled."""
        self.working = True
        tasks: dict[str, Job] = {group.name: group.run for group in self.groups}
        if self.relay:
            tasks["relay"] = self.relay.run
        tasks |= self.jobs
        self.kept = {name: KeptRunning(self.flow, self.service, name, task) for name, task in tasks.items()}
        async with asyncio.TaskGroup() as group:
            for name, kept in self.kept.items():
                group.create_task(kept.run(), name=f"{self.service}.{name}")


def compose(
    service: str,
    settings: ServiceSettings,
    *,
    keys: KeySource | None = None,
    rights: Callable[[Database], Rights] = Replicated,
    seal: Seal | None = None,
    hook: Hook = nothing,
    aggregates: list[Aggregate] | None = None,
    forgets: Sequence[str] = (),
) -> Platform:
    """The parts that every service has in the same way.

    `keys`, `rights` and `seal` are the registry's own: the others fetch its keys and believe its topic of subjects.
    `forgets` are statements that remove what the service need not know any more; they run every hour.
    """
    timing = settings.timing
    database = Database(
        settings.database_url, pool_size=settings.pool_size, application=f"aep-{service}", call=timing.request_timeout
    )
    # Whatever takes longer than the silence, another has taken over meanwhile.
    flow = database.apart(pool_size=_FLOW_CONNECTIONS, longest=timing.silence)
    the_log = event_log(settings.event_log_url, silence=timing.silence)
    source = keys or FetchedKeys(database, f"{settings.registry_url}/api/registry/v1/keys")
    # The subject topic has a group of its own that stops rather than sets an event aside: rights must be complete.
    groups = [
        ConsumerGroup(
            flow, the_log, f"{service}.identity", [SUBJECT], strict=True, timing=timing, believes=Seals(source).believes
        )
    ]
    others = [topic for topic in consumed_by(service) if topic != SUBJECT]
    if others:
        groups.append(ConsumerGroup(flow, the_log, service, others, hook=hook, timing=timing))
    relay = Relay(flow, the_log, service, timing=timing, poll=settings.pause, seal=seal)
    doctor = Doctor(flow, the_log, aggregates or [])
    jobs = {
        "rounds": Rounds(flow, the_log, doctor, relay).run,
        "housekeeping": every(housekeeping.CLEAR_EVERY_SECONDS, lambda: _keep_house(database, the_log, forgets)),
        "figures": every(
            housekeeping.FIGURES_EVERY_SECONDS,
            lambda: housekeeping.read_figures(flow, service, groups, relay),
        ),
    }
    return Platform(
        jobs=jobs,
        service=service,
        package=f"aep_{service}",
        settings=settings,
        database=database,
        flow=flow,
        event_log=the_log,
        doctor=doctor,
        authenticator=Authenticator(rights(database), source, settings.site_url),
        groups=groups,
        aggregates=aggregates or [],
        relay=relay,
        leaders={"relay": relay.leadership},
    )


async def _keep_house(database: Database, the_log: EventLog, forgets: Sequence[str]) -> None:
    await housekeeping.clear(database, forgets)
    await the_log.maintain()


async def patiently(step: Callable[[], Awaitable[None]], seconds: float | None = None) -> None:
    """Tries until what is needed answers, up to `START_SECONDS`; the last failure where it does not."""
    end = time.monotonic() + (START_SECONDS if seconds is None else seconds)
    pause = 0.1
    while True:
        try:
            return await step()
        except (LogUnavailable, *AWAY) as problem:
            if time.monotonic() > end:
                raise
            log.warning("waiting for a dependency", problem=repr(problem))
        await asyncio.sleep(pause)
        pause = min(2 * pause, 3.0)


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
    work = asyncio.create_task(platform.work())
    try:
        serving = asyncio.create_task(server.serve())
        await asyncio.wait({work, serving}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        work.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await work
        await platform.close()

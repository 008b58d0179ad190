"""The embedded profile: PostgreSQL beside this process, and all services, their workers and the website within it."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import structlog
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from aep_shared.contracts.topics import SERVICES
from aep_shared.service.platform import Platform
from aep_shared.web.proxies import networks
from aep_shared.web.server import server_config
from aep_standalone.errors import PartEnded, PortInUse, StandaloneError
from aep_standalone.installation import installation_of
from aep_standalone.keeper import keep_running
from aep_standalone.ports import reserved_port
from aep_standalone.postgres import EmbeddedPostgres, check_port_free
from aep_standalone.website import website_environ
from aep_website.app import build as build_website
from aep_website.visit import Site

log = structlog.get_logger()

LOG_DATABASE = "aep_log"
WEBSITE = "website"


@dataclass(frozen=True, slots=True)
class Options:
    """How the platform is started."""

    data: Path
    port: int = 8000
    host: str = "127.0.0.1"
    url: str | None = None
    process: str = "none"
    demo: bool = False

    @property
    def local_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def site_url(self) -> str:
        return (self.url or self.local_url).rstrip("/")


@dataclass(slots=True)
class Embedded:
    """The running platform."""

    options: Options
    platforms: dict[str, Platform] = field(default_factory=dict)
    apps: dict[str, ASGIApp] = field(default_factory=dict)
    mailbox: bool = False
    parts: list[asyncio.Task[None]] = field(default_factory=list)
    """What runs until the platform is stopped."""

    async def ended(self) -> NoReturn:
        """Waits until a part ends by itself; raises why."""
        done, _ = await asyncio.wait(self.parts, return_when=asyncio.FIRST_COMPLETED)
        part = done.pop()
        problem = None if part.cancelled() else part.exception()
        if isinstance(problem, StandaloneError):
            raise problem
        raise PartEnded(part.get_name(), problem)


class _Router:
    """One port for all services: `/api/<service>/...` to each, everything else to the website."""

    def __init__(self, apps: Mapping[str, ASGIApp], fallback: str) -> None:
        self._apps = apps
        self._fallback = fallback

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _no_lifespan(receive, send)
            return
        parts = str(scope.get("path", "")).split("/", 3)
        name = parts[2] if len(parts) > 2 and parts[1] == "api" else self._fallback
        await self._apps.get(name, self._apps[self._fallback])(scope, receive, send)


async def _no_lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


class _Server(uvicorn.Server):
    """Leaves signals to the `aep` command, which stops everything in order."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def running(options: Options, progress: Callable[[str], None]) -> AsyncIterator[Embedded]:
    """The platform from its first start to its clean stop; what was started is stopped, however far it came.

    Raises the errors of `aep_standalone.errors`, `SettingsError`, and problems of services such as `UnknownRevision`.
    """
    check_port_free(options.port)
    embedded = Embedded(options)
    async with contextlib.AsyncExitStack() as stack:
        postgres = EmbeddedPostgres(options.data, progress=progress)
        stack.push_async_callback(postgres.stop)
        await postgres.start()
        await stack.enter_async_context(_part(embedded, "PostgreSQL", keep_running(postgres, progress)))
        await _build(embedded, postgres, stack, progress)
        await stack.enter_async_context(_serving(embedded))
        yield embedded


@contextlib.asynccontextmanager
async def _part(embedded: Embedded, name: str, work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Runs a part that is to last as long as the platform."""
    task = asyncio.create_task(work, name=name)
    embedded.parts.append(task)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _build(
    embedded: Embedded, postgres: EmbeddedPostgres, stack: contextlib.AsyncExitStack, progress: Callable[[str], None]
) -> None:
    await postgres.ensure_database(LOG_DATABASE)
    environ = _environ(embedded, postgres, stack)
    for service in SERVICES:
        await postgres.ensure_database(f"aep_{service}")
        platform, app = importlib.import_module(f"aep_{service}.app").build(environ)
        stack.push_async_callback(_closed, service, platform.close)
        embedded.platforms[service], embedded.apps[service] = platform, app
        progress(f"{service}: database")
        await platform.migrate()
    for platform in embedded.platforms.values():
        await platform.open()
        await platform.create_topics()
    stack.push_async_callback(_closed, WEBSITE, _add_website(embedded, environ).api.close)


async def _closed(name: str, close: Callable[[], Awaitable[None]]) -> None:
    """Closes a part; what goes wrong then neither keeps the others open nor hides why the platform stops."""
    try:
        await close()
    except Exception:
        log.exception("not closed cleanly", part=name)


def _add_website(embedded: Embedded, environ: Mapping[str, str]) -> Site:
    options = embedded.options
    site, embedded.apps[WEBSITE] = build_website(
        website_environ(
            environ,
            options.data,
            site_url=options.site_url,
            api_url=options.local_url,
            process=options.process,
            demo=options.demo,
        )
    )
    return site


def _environ(embedded: Embedded, postgres: EmbeddedPostgres, stack: contextlib.AsyncExitStack) -> dict[str, str]:
    """The settings of every service: what this profile decides, and `AEP_*` of the environment."""
    options = embedded.options
    data = options.data.resolve()
    given = {name: value for name, value in os.environ.items() if name.startswith("AEP_")}
    decided = {
        "AEP_SITE_URL": options.site_url,
        # All writers are in this process, and their commits wake whoever has work then.
        "AEP_POLL": "2",
        "AEP_REGISTRY_URL": options.local_url,
        "AEP_EVENT_LOG_URL": postgres.dsn(LOG_DATABASE),
        "AEP_REGISTRY_KEYS_DIR": str(data / "keys"),
        "AEP_INSTALLATION": installation_of(data),
        "AEP_SEARCH_INDEX_URL": f"tantivy://{data / 'index'}",
        "AEP_REPORTS_FILES_URL": f"file://{data / 'files'}",
        **{f"AEP_{service.upper()}_DATABASE_URL": postgres.dsn(f"aep_{service}") for service in SERVICES},
    }
    if "AEP_SMTP_URL" not in given:
        embedded.mailbox = True
        mailbox = str(stack.enter_context(reserved_port()).getsockname()[1])
        decided |= {"AEP_NOTIFICATIONS_MAILBOX_PORT": mailbox, "AEP_SMTP_URL": f"smtp://127.0.0.1:{mailbox}"}
    return {**given, **decided}


@contextlib.asynccontextmanager
async def _serving(embedded: Embedded) -> AsyncIterator[None]:
    options = embedded.options
    router = _Router(embedded.apps, WEBSITE)
    trusted = networks(embedded.platforms["registry"].settings.trusted_proxies)
    config = server_config(router, options.host, options.port, trusted, timeout_graceful_shutdown=5)
    server = _Server(config)
    async with contextlib.AsyncExitStack() as stack:
        serving = asyncio.create_task(server.serve(), name="the HTTP server")
        stack.push_async_callback(_stopped, server, serving)
        for name, platform in embedded.platforms.items():
            await stack.enter_async_context(_part(embedded, f"the worker of {name}", platform.worker.run()))
        while not server.started:
            if serving.done():
                raise PortInUse(options.port)
            await asyncio.sleep(0.01)
        embedded.parts.append(serving)
        yield


async def _stopped(server: uvicorn.Server, serving: asyncio.Task[None]) -> None:
    server.should_exit = True
    await asyncio.gather(serving, return_exceptions=True)

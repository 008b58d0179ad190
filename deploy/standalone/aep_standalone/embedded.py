"""The embedded profile: PostgreSQL beside this process, and all services, their workers and the website within it."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import os
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from aep_shared.contracts.topics import SERVICES
from aep_shared.service import Platform
from aep_website.app import build as build_website
from aep_website.visit import Site

from .errors import PortInUse
from .postgres import EmbeddedPostgres, check_port_free, free_port
from .website import website_environ

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
    site: Site | None = None
    mailbox: bool = False


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
    """The platform from its first start to its clean stop.

    Raises the errors of `aep_standalone.errors` and `SettingsError`.
    """
    check_port_free(options.port)
    postgres = EmbeddedPostgres(options.data, progress=progress)
    await postgres.start()
    embedded = Embedded(options)
    try:
        await _build(embedded, postgres, progress)
        async with _serving(embedded):
            yield embedded
    finally:
        if embedded.site:
            await embedded.site.api.close()
        for platform in embedded.platforms.values():
            await platform.close()
        await postgres.stop()


async def _build(embedded: Embedded, postgres: EmbeddedPostgres, progress: Callable[[str], None]) -> None:
    await postgres.ensure_database(LOG_DATABASE)
    environ = _environ(embedded.options, postgres)
    embedded.mailbox = "AEP_NOTIFICATIONS_MAILBOX_PORT" in environ
    for service in SERVICES:
        await postgres.ensure_database(f"aep_{service}")
        platform, app = importlib.import_module(f"aep_{service}.app").build(environ)
        embedded.platforms[service], embedded.apps[service] = platform, app
        progress(f"{service}: database")
        await platform.migrate()
    for platform in embedded.platforms.values():
        await platform.open()
        await platform.create_topics()
    _add_website(embedded, environ)


def _add_website(embedded: Embedded, environ: Mapping[str, str]) -> None:
    options = embedded.options
    embedded.site, embedded.apps[WEBSITE] = build_website(
        website_environ(environ, options.data, site_url=options.site_url, api_url=options.local_url,
                        process=options.process, demo=options.demo)
    )  # fmt: skip


def _environ(options: Options, postgres: EmbeddedPostgres) -> dict[str, str]:
    """The settings of every service: what this profile decides, and `AEP_*` of the environment."""
    data = options.data.resolve()
    given = {name: value for name, value in os.environ.items() if name.startswith("AEP_")}
    decided = {
        "AEP_SITE_URL": options.site_url,
        # All writers are in this process, and their commits wake whoever has work then.
        "AEP_POLL": "2",
        "AEP_REGISTRY_URL": options.local_url,
        "AEP_EVENT_LOG_URL": postgres.dsn(LOG_DATABASE),
        "AEP_REGISTRY_KEYS_DIR": str(data / "keys"),
        "AEP_SEARCH_INDEX_URL": f"tantivy://{data / 'index'}",
        "AEP_REPORTS_FILES_URL": f"file://{data / 'files'}",
        **{f"AEP_{service.upper()}_DATABASE_URL": postgres.dsn(f"aep_{service}") for service in SERVICES},
    }
    if "AEP_SMTP_URL" not in given:
        mailbox = str(free_port())
        decided |= {"AEP_NOTIFICATIONS_MAILBOX_PORT": mailbox, "AEP_SMTP_URL": f"smtp://127.0.0.1:{mailbox}"}
    return {**given, **decided}


@contextlib.asynccontextmanager
async def _serving(embedded: Embedded) -> AsyncIterator[None]:
    options = embedded.options
    config = uvicorn.Config(
        _Router(embedded.apps, WEBSITE), host=options.host, port=options.port, log_config=None,
        access_log=False, server_header=False, timeout_graceful_shutdown=5,
    )  # fmt: skip
    server = _Server(config)
    serving = asyncio.create_task(server.serve(), name="http")
    working = [asyncio.create_task(p.work(), name=f"{n}.worker") for n, p in embedded.platforms.items()]
    try:
        while not server.started:
            if serving.done():
                raise PortInUse(options.port)
            await asyncio.sleep(0.01)
        yield
    finally:
        for task in working:
            task.cancel()
        await asyncio.gather(*working, return_exceptions=True)
        server.should_exit = True
        await asyncio.gather(serving, return_exceptions=True)

"""A service in this process, without its loops: its API through ASGI, and people whom it knows by their roles."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_DNS, uuid5

import httpx2
from fastapi import FastAPI

from aep_shared.access.actor import Actor
from aep_shared.contracts.registry import Grant
from aep_shared.service.platform import Platform
from tests.described import Described


@dataclass
class Served:
    """The service and a client of it; a person is a role, and further words that tell two of one role apart."""

    platform: Platform
    client: httpx2.AsyncClient

    async def call(self, who: str | None, method: str, path: str, **arguments: Any) -> httpx2.Response:
        headers = {**({"Authorization": f"Bearer {who}"} if who else {}), **arguments.pop("headers", {})}
        address = f"/api/{self.platform.service}/v1/{path}"
        return await self.client.request(method, address, headers=headers, **arguments)


@contextlib.asynccontextmanager
async def served(
    build: Callable[[Mapping[str, str]], tuple[Platform, FastAPI]], environ: Mapping[str, str]
) -> AsyncIterator[Served]:
    """The service, migrated and open, until the block ends."""
    platform, app = build(environ)
    await platform.migrate()
    await platform.open()
    platform.authenticator.actor = _by_role  # type: ignore[method-assign]
    try:
        async with httpx2.AsyncClient(
            transport=Described(app), base_url="http://service.example", timeout=30
        ) as client:
            yield Served(platform, client)
    finally:
        await platform.close()


async def _by_role(header: str | None) -> Actor:
    """Somebody as the tokens of the registry would say it."""
    if header is None:
        return Actor()
    who = header.removeprefix("Bearer ")
    return Actor(uuid5(NAMESPACE_DNS, who), (Grant(role=who.partition(" ")[0]),))

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
    """The service and a client of it.

    A person is a role, and further words that tell two of one role apart; `initiative=lab` is what the role is for,
    and at the end `scopes=reader` what the token is limited to.
    """

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
    """The service, open on a migrated database, until the block ends."""
    platform, app = build(environ)
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
    role, *words = who.split(" ")
    named = dict(word.split("=", 1) for word in words if "=" in word)
    scopes = named.pop("scopes", None)
    # A token of somebody that is limited is still hers.
    subject = uuid5(NAMESPACE_DNS, who.partition(" scopes=")[0])
    return Actor(subject, (Grant(role=role, **named),), None if scopes is None else frozenset(scopes.split(",")))

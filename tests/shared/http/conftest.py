"""A small service of its own on real PostgreSQL: its routes are the test's, who asks is said by a header."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid5

import httpx2
import pytest
from fastapi import APIRouter, FastAPI

from aep_shared.access.actor import Actor
from aep_shared.contracts.registry import Grant
from aep_shared.database import Database
from aep_shared.errors import Unauthorised
from aep_shared.http.app import create_api
from aep_shared.http.edge import EdgeRoute
from aep_shared.service.compose import compose
from aep_shared.service.platform import Platform
from aep_shared.service.settings import ServiceSettings
from aep_standalone.postgres import EmbeddedPostgres
from tests.described import Described
from tests.shared.conftest import _emptied
from tests.shared.tables import with_platform_tables

_NAMES = UUID("5f0c0a0e-6a5f-4a1e-9d6e-3f6a1b1c2d3e")


class ByHeader:
    """`Bearer alice officer,editor` is alice with two roles; a third part is what the token is limited to."""

    async def actor(self, authorization: str | None) -> Actor:
        if authorization is None:
            return Actor()
        name, roles, *scopes = authorization.removeprefix("Bearer ").split(" ")
        if name == "nobody":
            raise Unauthorised()
        grants = [Grant(role=role) for role in roles.split(",") if role]
        return Actor(uuid5(_NAMES, name), grants, frozenset(scopes[0].split(",")) if scopes else None)


def as_(name: str, roles: str = "officer", scopes: str | None = None) -> dict[str, str]:
    """The headers of somebody."""
    return {"Authorization": " ".join(filter(None, ("Bearer", name, roles or ",", scopes)))}


class Small:
    """The service, and a client of it for each test."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.router = APIRouter(route_class=EdgeRoute)
        self.max_body_bytes = 1024 * 1024

    @property
    def database(self) -> Database:
        return self.platform.database

    def app(self, **options: Any) -> FastAPI:
        return create_api(self.platform, [self.router], title="Small", description="A service of tests.", **options)

    def client(self, app: FastAPI | None = None, address: str = "203.0.113.7") -> httpx2.AsyncClient:
        transport = Described(app or self.app(), client=(address, 1))
        return httpx2.AsyncClient(transport=transport, base_url="http://small.example/api/events/v1", timeout=30)


@pytest.fixture
async def small(postgres: EmbeddedPostgres) -> AsyncIterator[Small]:
    dsn = await _emptied(postgres, "small_service")
    made = await with_platform_tables(dsn)
    await made.close()
    settings = ServiceSettings(database_url=dsn, event_log_url=dsn)
    platform = compose("events", settings)
    platform.authenticator = ByHeader()  # type: ignore[assignment]
    yield Small(platform)
    await platform.database.close()

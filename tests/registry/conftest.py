"""The registry in this process on real PostgreSQL: its API through ASGI, its worker as tasks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from aep_registry.app import build
from aep_registry.identity.bootstrap import one_time_link
from aep_registry.identity.keys import SigningKeys
from aep_registry.settings import RegistrySettings
from aep_shared.service.platform import Platform
from tests.conftest import Databases, NewDatabase
from tests.described import Described
from tests.served import Served, served


@dataclass
class Registry:
    """A running registry and a client of it."""

    platform: Platform
    app: FastAPI
    client: httpx2.AsyncClient

    @property
    def keys(self) -> SigningKeys:
        """The keys that this registry signs with."""
        settings = self.platform.settings
        assert isinstance(settings, RegistrySettings)
        return SigningKeys(settings.keys_dir)

    async def code(self, email: str, *roles: str) -> str:
        """What signs somebody with these roles in once."""
        return (await one_time_link(self.platform, email, roles)).rpartition("/")[2]

    async def sign_in(self, email: str, *roles: str) -> dict[str, str]:
        """The headers of somebody with these roles."""
        code = await self.code(email, *roles)
        answer = await self.client.post("/api/registry/v1/sign-in/redeem", json={"code": code})
        return {"Authorization": f"Bearer {answer.raise_for_status().json()['access_token']}"}


@pytest.fixture
async def registry(migrated: NewDatabase, new_database: NewDatabase, tmp_path: Path) -> AsyncIterator[Registry]:
    platform, app = build(
        {
            "AEP_REGISTRY_DATABASE_URL": await migrated("registry"),
            "AEP_EVENT_LOG_URL": await new_database("log"),
            "AEP_REGISTRY_KEYS_DIR": str(tmp_path / "keys"),
        }
    )
    await platform.open()
    await platform.create_topics()
    work = asyncio.create_task(platform.worker.run())
    transport = Described(app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://registry.example", timeout=30) as client:
        yield Registry(platform, app, client)
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    await platform.close()


@pytest.fixture(scope="module")
async def standing(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    """The registry without its loops, one for all tests of a file: each of them has records of its own."""
    async with databases.dropped():
        environ = {
            "AEP_REGISTRY_DATABASE_URL": await databases.migrated("registry"),
            "AEP_EVENT_LOG_URL": await databases.new("log"),
            # All tests of a file come from one address.
            "AEP_RATE_FACTOR": "1000",
            "AEP_REGISTRY_KEYS_DIR": str(tmp_path_factory.mktemp("keys")),
        }
        async with served(build, environ) as service:
            yield service

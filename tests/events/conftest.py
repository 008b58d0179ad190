"""The meetings calendar on real PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from aep_events.app import build
from tests.conftest import Databases, NewDatabase
from tests.served import Served, served


@pytest.fixture
async def events(migrated: NewDatabase, new_database: NewDatabase) -> AsyncIterator[Served]:
    environ = {
        "AEP_EVENTS_DATABASE_URL": await migrated("events"),
        "AEP_EVENT_LOG_URL": await new_database("log"),
        "AEP_SITE_URL": "https://aep.example",
    }
    async with served(build, environ) as service:
        yield service


@pytest.fixture(scope="module")
async def standing(databases: Databases) -> AsyncIterator[Served]:
    """The same, one for all tests of a file: each of them has records of its own."""
    async with databases.dropped():
        environ = {
            "AEP_EVENTS_DATABASE_URL": await databases.migrated("events"),
            "AEP_EVENT_LOG_URL": await databases.new("log"),
            # All tests of a file come from one address.
            "AEP_RATE_FACTOR": "1000",
            "AEP_SITE_URL": "https://aep.example",
        }
        async with served(build, environ) as service:
            yield service

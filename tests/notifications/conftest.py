"""Notifications on real PostgreSQL, migrated; its loops do not run unless a test starts them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from aep_notifications.app import build
from aep_shared.database import Database
from tests.conftest import Databases, NewDatabase
from tests.served import Served, served


@pytest.fixture
async def notifications(migrated: NewDatabase, new_database: NewDatabase) -> AsyncIterator[Database]:
    platform, _ = build(
        {
            "AEP_NOTIFICATIONS_DATABASE_URL": await migrated("notifications"),
            "AEP_EVENT_LOG_URL": await new_database("log"),
        }
    )
    yield platform.database
    await platform.database.close()


@pytest.fixture(scope="module")
async def standing(databases: Databases) -> AsyncIterator[Served]:
    """The service with its built-in mailbox and without its loops, one for all tests of a file."""
    async with databases.dropped():
        environ = {
            "AEP_NOTIFICATIONS_DATABASE_URL": await databases.migrated("notifications"),
            "AEP_EVENT_LOG_URL": await databases.new("log"),
            # All tests of a file come from one address.
            "AEP_RATE_FACTOR": "1000",
            "AEP_NOTIFICATIONS_MAILBOX_PORT": "2525",
            "AEP_SITE_URL": "https://aep.example",
        }
        async with served(build, environ) as service:
            yield service

"""Notifications on real PostgreSQL, migrated; its loops do not run unless a test starts them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from aep_notifications.app import build
from aep_shared.database import Database
from tests.conftest import NewDatabase


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
